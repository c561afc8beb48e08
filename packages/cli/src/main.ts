import { ConfigError } from '@rollcall/shared/config'
import { CommandError, type Terminal, UsageError } from './command.ts'
import { doctor } from './commands/doctor.ts'
import { events } from './commands/events.ts'
import { failed } from './commands/failed.ts'
import { migrate } from './commands/migrate.ts'
import { send } from './commands/send.ts'
import { start } from './commands/start.ts'
import { status } from './commands/status.ts'
import { type Commands, findCommand, knownPath } from './find-command.ts'
import { asksForHelp, helpOn, overview } from './help.ts'
import { readEnvironment } from './installation.ts'
import { parseCall } from './parse-call.ts'

const commands: Commands = { start, send, migrate, status, events, failed, doctor }

async function main(words: readonly string[], terminal: Terminal): Promise<number> {
  const [name, ...others] = words
  const help =
    name === undefined || asksForHelp(name)
      ? overview(commands)
      : others.some(asksForHelp)
        ? helpOn(commands, words)
        : undefined
  if (help) {
    for (const line of help) terminal.print(line)
    return name === undefined ? 2 : 0
  }
  const { command, rest } = findCommand(commands, words)
  return command.run(parseCall(command, rest), terminal)
}

/** 0 it worked, 1 it did not, 2 it was called wrongly [C4]. */
async function exitCode(words: readonly string[]): Promise<number> {
  try {
    return await main(words, {
      environment: await readEnvironment(process.env),
      folder: process.cwd(),
      columns: process.stdout.isTTY ? process.stdout.columns : undefined,
      print: (line) => void process.stdout.write(`${line}\n`),
    })
  } catch (error) {
    if (error instanceof UsageError) {
      const hint = [...knownPath(commands, words), '--help'].join(' ')
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
