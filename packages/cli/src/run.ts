import { ConfigError, type Environment } from '@rollcall/shared/config'
import { type Command, CommandError, type CommandGroup, type Terminal, UsageError } from './command.ts'
import { type Commands, findCommand, knownPath } from './find-command.ts'
import { asksForHelp, helpOn, overview } from './help.ts'
import { readEnvironment } from './installation.ts'
import { parseCall } from './parse-call.ts'

/** Loaded when they are needed: `start` alone brings the receiver, the worker and their servers, for which `events` waited. */
const LOAD: Readonly<Record<string, () => Promise<Command | CommandGroup>>> = {
  start: async () => (await import('./commands/start.ts')).start,
  send: async () => (await import('./commands/send.ts')).send,
  backfill: async () => (await import('./commands/backfill.ts')).backfill,
  reconcile: async () => (await import('./commands/reconcile.ts')).reconcile,
  migrate: async () => (await import('./commands/migrate.ts')).migrate,
  status: async () => (await import('./commands/status.ts')).status,
  events: async () => (await import('./commands/events.ts')).events,
  failed: async () => (await import('./commands/failed.ts')).failed,
  replay: async () => (await import('./commands/replay.ts')).replay,
  doctor: async () => (await import('./commands/doctor.ts')).doctor,
}

/** The command of this name, or all where there is none: then help is wanted, or what was probably meant. */
async function loadCommands(name = ''): Promise<Commands> {
  const names = Object.hasOwn(LOAD, name) ? [name] : Object.keys(LOAD)
  return Object.fromEntries(await Promise.all(names.map(async (each) => [each, await LOAD[each]!()] as const)))
}

async function main(commands: Commands, words: readonly string[], terminal: Terminal): Promise<number> {
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
export async function run(words: readonly string[], variables: Environment): Promise<number> {
  // A reader that has seen enough, such as `head`, is no failure of the command.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
  })
  const commands = await loadCommands(words[0])
  try {
    return await main(commands, words, {
      environment: await readEnvironment(variables),
      folder: process.cwd(),
      columns: process.stdout.isTTY ? process.stdout.columns : undefined,
      print: (line) => void process.stdout.write(`${line}\n`),
      progress: {
        columns: process.stderr.isTTY ? process.stderr.columns : undefined,
        write: (text) => void process.stderr.write(text),
      },
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
