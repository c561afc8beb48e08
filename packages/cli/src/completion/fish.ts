import type { CommandEntry, OptionEntry } from './entries.ts'

/** A line for each command, verb and option, with what it is for. */
export function fishCompletion(entries: readonly CommandEntry[]): readonly string[] {
  return [
    '# fish completion for rollcall, written by `rollcall completion fish`.',
    'function __rollcall_called',
    '  set -l given (commandline -opc)',
    '  set -l last (math (count $argv) + 1)',
    '  test (count $given) -ge $last; and test "$given[2..$last]" = "$argv"',
    'end',
    'function __rollcall_calls_nothing',
    '  test (count (commandline -opc)) -eq 1',
    'end',
    'complete -c rollcall -f',
    ...entries.flatMap((entry) => (entry.path.length === 1 ? commandLine(entry) : [])),
    ...entries.flatMap(({ path, options, words, verbs }) => [
      ...verbs.map(
        ({ name, summary }) => `complete -c rollcall -n '${condition(path, verbs)}' -a ${name} -d ${quoted(summary)}`,
      ),
      ...(words.length > 0
        ? [`complete -c rollcall -n '${condition(path, verbs)}' -a ${quoted(words.join(' '))}`]
        : []),
      ...options.map(
        (option) =>
          `complete -c rollcall -n '${condition(path, verbs)}' -l ${option.name}${valueFlags(option)} -d ${quoted(option.summary)}`,
      ),
    ]),
  ]
}

const commandLine = ({ path, summary }: CommandEntry): readonly string[] => [
  `complete -c rollcall -n __rollcall_calls_nothing -a ${path[0]} -d ${quoted(summary)}`,
]

function valueFlags({ takesValue, values, isFile }: OptionEntry): string {
  if (!takesValue) return ''
  if (isFile) return ' -r -F'
  return values.length > 0 ? ` -x -a ${quoted(values.join(' '))}` : ' -x'
}

/** What is completed of a group without a verb is no more once it has one. */
const condition = (path: readonly string[], verbs: CommandEntry['verbs']): string =>
  `__rollcall_called ${path.join(' ')}${verbs.length > 0 ? `; and not __fish_seen_subcommand_from ${verbs.map(({ name }) => name).join(' ')}` : ''}`

const quoted = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
