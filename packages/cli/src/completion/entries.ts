import type { Command, CommandGroup } from '../command.ts'
import type { Commands } from '../find-command.ts'

/** An option as a shell completes it. */
export interface OptionEntry {
  readonly name: string
  readonly summary: string
  /** Whether a word follows it. */
  readonly takesValue: boolean
  /** What that may be, where it is one of a few; where it is not, but names a file, that is said by its usage, `<file>`. */
  readonly values: readonly string[]
  readonly isFile: boolean
}

/** A command, or a group's verb, as a shell completes it. */
export interface CommandEntry {
  /** The words that name it. Those of a group come once more without the verb that is usual. */
  readonly path: readonly string[]
  readonly summary: string
  readonly options: readonly OptionEntry[]
  readonly words: readonly string[]
  /** Of a group that no verb is given of: those that it has. */
  readonly verbs: readonly { readonly name: string; readonly summary: string }[]
}

/** Everything that can be called, from the commands' own declarations. */
export const completionEntries = (commands: Commands): readonly CommandEntry[] =>
  Object.entries(commands).flatMap(([name, command]) =>
    'verbs' in command ? groupEntries(name, command) : [commandEntry([name], command)],
  )

function groupEntries(name: string, { summary, verbs, usual }: CommandGroup): readonly CommandEntry[] {
  const named = Object.entries(verbs).map(([verb, command]) => ({ name: verb, summary: command.summary }))
  return [
    { ...commandEntry([name], verbs[usual]!), summary, words: [], verbs: named },
    ...Object.entries(verbs).map(([verb, command]) => commandEntry([name, verb], command)),
  ]
}

const commandEntry = (path: readonly string[], command: Command): CommandEntry => ({
  path,
  summary: command.summary,
  options: [
    ...Object.entries(command.options).map(([name, { type }]) => optionEntry(name, type === 'string', command)),
    { name: 'help', summary: 'tells all of this', takesValue: false, values: [], isFile: false },
  ],
  words: command.wordValues ?? [],
  verbs: [],
})

function optionEntry(name: string, takesValue: boolean, { help, values }: Command): OptionEntry {
  const [usage = name, summary = ''] = Object.entries(help).find(([usage]) => usage.split(' ', 1)[0] === name) ?? []
  return { name, summary, takesValue, values: values?.[name] ?? [], isFile: usage.endsWith('<file>') }
}
