import { didYouMean } from '@rollcall/shared/closest'
import { ConfigError } from '@rollcall/shared/config'
import { type Command, CommandError, type Terminal, UsageError } from './command.ts'
import { events } from './commands/events.ts'
import { migrate } from './commands/migrate.ts'
import { send } from './commands/send.ts'
import { start } from './commands/start.ts'
import { status } from './commands/status.ts'
import { readEnvironment } from './installation.ts'
import { parseCall } from './parse-call.ts'

const commands: Readonly<Record<string, Command>> = { start, send, events, status, migrate }

const HELP_WORDS = ['help', '--help', '-h']

async function main(name: string | undefined, rest: readonly string[], terminal: Terminal): Promise<number> {
  if (name === undefined || HELP_WORDS.includes(name)) {
    for (const line of overview()) terminal.print(line)
    return name === undefined ? 2 : 0
  }
  const command = commands[name]
  if (!command) throw new UsageError(`There is no command \`${name}\`.${didYouMean(name, Object.keys(commands))}`)
  if (rest.some((word) => HELP_WORDS.includes(word))) {
    for (const line of commandHelp(name, command)) terminal.print(line)
    return 0
  }
  return command.run(parseCall(command, rest), terminal)
}

const overview = (): readonly string[] => [
  'rollcall keeps a Postgres schema in step with Clerk.',
  '',
  'Usage: pnpm rollcall <command> [options]',
  '',
  ...Object.entries(commands).map(([name, { summary }]) => `  ${name.padEnd(8)}  ${summary}`),
  '',
  '`pnpm rollcall <command> --help` tells more of one.',
]

const commandHelp = (name: string, command: Command): readonly string[] => [
  `${command.summary}`,
  '',
  `Usage: pnpm rollcall ${`${name} ${command.usage}`.trim()}`,
  ...(Object.keys(command.help).length > 0 ? [''] : []),
  ...Object.entries(command.help).map(([option, sentence]) => `  --${option.padEnd(22)}  ${sentence}`),
]

/** 0 it worked, 1 it did not, 2 it was called wrongly [C4]. */
async function exitCode(words: readonly string[]): Promise<number> {
  const [name, ...rest] = words
  try {
    return await main(name, rest, {
      environment: await readEnvironment(process.env),
      folder: process.cwd(),
      columns: process.stdout.isTTY ? process.stdout.columns : undefined,
      print: (line) => void process.stdout.write(`${line}\n`),
    })
  } catch (error) {
    if (error instanceof UsageError) {
      const hint = name !== undefined && name in commands ? `${name} --help` : '--help'
      process.stderr.write(`${error.message} See \`pnpm rollcall ${hint}\`.\n`)
      return 2
    }
    if (error instanceof CommandError || error instanceof ConfigError) {
      process.stderr.write(`${error.message}\n`)
      return 1
    }
    throw error
  }
}

process.exitCode = await exitCode(process.argv.slice(2))
