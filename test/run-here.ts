import type { Command } from '@rollcall/cli/command'
import { parseCall } from '@rollcall/cli/parse-call'

/** What a command answered, and what it wrote to standard output and standard error. */
export interface Ran {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/**
 * Runs a command in this process, which is quicker than one for each; what people see of one is asked of `rollcall`.
 * Rejects with what the command throws, of which `rollcall` makes a sentence and an exit code.
 */
export async function runHere(
  command: Command,
  folder: string,
  words: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<Ran> {
  let [stdout, stderr] = ['', '']
  const code = await command.run(parseCall(command, words), {
    environment,
    folder,
    columns: undefined,
    print(line) {
      stdout += `${line}\n`
    },
    progress: {
      columns: undefined,
      write(text) {
        stderr += text
      },
    },
  })
  return { code, stdout, stderr }
}
