import { ServerProblem } from '@rollcall/embedded/server-problem'
import { ConfigError, type Environment } from '@rollcall/shared/config'
import { CommandError, type Terminal, UsageError } from './command.ts'
import { type Commands, findCommand, knownPath } from './find-command.ts'
import { asksForHelp, helpOn, overview } from './help.ts'
import { readEnvironment } from './installation.ts'
import { loadCommands } from './load-commands.ts'
import { parseCall } from './parse-call.ts'
import { styledText, terminalText } from './terminal-text.ts'

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
      // A terminal that does not know how wide it is says 0.
      columns: (process.stdout.isTTY && process.stdout.columns) || undefined,
      print: (line) => void process.stdout.write(`${styledText(line)}\n`),
      asked: process.stdin.isTTY && process.stdout.isTTY ? { input: process.stdin, output: process.stdout } : undefined,
      progress: {
        columns: process.stderr.isTTY ? process.stderr.columns : undefined,
        write: (text) => void process.stderr.write(text),
      },
    })
  } catch (error) {
    if (error instanceof UsageError) {
      const hint = [...knownPath(commands, words), '--help'].join(' ')
      process.stderr.write(`${terminalText(error.message)} See \`pnpm rollcall ${hint}\`.\n`)
      return 2
    }
    const told = isExplained(error) ? error.message : unforeseen(error)
    process.stderr.write(`${terminalText(told)}\n`)
    return 1
  }
}

/** Whether an error says by itself what happened and what to do. */
const isExplained = (error: unknown): error is Error =>
  error instanceof CommandError || error instanceof ConfigError || error instanceof ServerProblem

/** Not as Node tells it, which adds all that an error carries, a query's parameters among it. */
function unforeseen(error: unknown): string {
  const where = error instanceof Error ? stacksOf(error) : String(error)
  return `Something failed that nobody foresaw, and it is probably ours to mend. Please report it, with what follows:\n${where}`
}

const stacksOf = (error: Error): string =>
  `${error.stack}${error.cause instanceof Error ? `\nbecause of ${stacksOf(error.cause)}` : ''}`
