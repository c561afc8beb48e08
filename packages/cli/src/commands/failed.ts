import type { CommandGroup } from '../command.ts'
import { discard } from '../failed/discard.ts'
import { list } from '../failed/list.ts'
import { retry } from '../failed/retry.ts'
import { show } from '../failed/show.ts'

export const failed: CommandGroup = {
  summary: 'Lists and shows what failed, events and handlers, runs it again or gives it up.',
  verbs: { list, show, retry, discard },
  usual: 'list',
}
