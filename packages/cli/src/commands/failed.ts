import type { CommandGroup } from '../command.ts'
import { list } from '../failed/list.ts'
import { retry } from '../failed/retry.ts'

export const failed: CommandGroup = {
  summary: 'Lists what failed, events and handlers, and runs it again.',
  verbs: { list, retry },
  usual: 'list',
}
