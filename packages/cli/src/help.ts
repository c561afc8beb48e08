import type { Command, CommandGroup, Example } from './command.ts'
import { type Commands, findCommand, findGroup } from './find-command.ts'

/** Whether a word asks for help rather than for a command's work. */
export const asksForHelp = (word: string): boolean => ['help', '--help', '-h'].includes(word)

export const overview = (commands: Commands): readonly string[] => [
  'rollcall keeps a Postgres schema in step with Clerk.',
  '',
  'Usage: pnpm rollcall <command> [options]',
  '',
  ...summaries(commands),
  '',
  '`pnpm rollcall <command> --help` tells more of one.',
]

/** What there is to know of the command, or the group of commands, that words name. */
export function helpOn(commands: Commands, words: readonly string[]): readonly string[] {
  const group = findGroup(commands, words)
  if (group) return groupHelp(words[0]!, group)
  const { path, command } = findCommand(commands, words)
  return commandHelp(path.join(' '), command)
}

const groupHelp = (name: string, { summary, verbs, usual }: CommandGroup): readonly string[] => [
  summary,
  '',
  ...Object.entries(verbs).map(([verb, { usage }], i) =>
    `${i === 0 ? 'Usage:' : '      '} pnpm rollcall ${name} ${verb === usual ? `[${verb}]` : verb} ${usage}`.trimEnd(),
  ),
  '',
  ...summaries(verbs),
  '',
  `\`pnpm rollcall ${name} <verb> --help\` tells more of one.`,
]

const commandHelp = (name: string, { summary, usage, help, examples, notes = [] }: Command): readonly string[] => [
  summary,
  '',
  `Usage: pnpm rollcall ${name} ${usage}`.trimEnd(),
  ...(Object.keys(help).length > 0 ? [''] : []),
  ...Object.entries(help).map(([option, sentence]) => `  --${option.padEnd(22)}  ${sentence}`),
  '',
  'Examples:',
  ...exampleLines(examples),
  ...(notes.length > 0 ? ['', ...notes] : []),
]

/** Beside the call where there is room for it, else below. */
function exampleLines(examples: readonly Example[]): readonly string[] {
  const lines = examples.map(({ call, shows }) => ({ call: `  pnpm rollcall ${call}`, shows }))
  const width = Math.max(...lines.map(({ call }) => call.length))
  const fits = lines.every(({ shows }) => width + 2 + shows.length <= HELP_COLUMNS)
  return lines.flatMap(({ call, shows }) => (fits ? [`${call.padEnd(width)}  ${shows}`] : [call, `      ${shows}`]))
}

/** As wide as the lines that commands write into their notes. */
const HELP_COLUMNS = 120

function summaries(named: Readonly<Record<string, { readonly summary: string }>>): readonly string[] {
  const width = Math.max(...Object.keys(named).map((name) => name.length))
  return Object.entries(named).map(([name, { summary }]) => `  ${name.padEnd(width)}  ${summary}`)
}
