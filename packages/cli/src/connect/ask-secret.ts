import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'
import { variables } from '@rollcall/shared/variables'

/** A terminal that can be asked. */
export interface Asked {
  readonly input: NodeJS.ReadableStream
  readonly output: NodeJS.WritableStream
}

/**
 * Asks for the endpoint's signing secret until it is one. What is typed is not shown. Answers nothing where whoever is asked
 * presses Enter, or ends the input: then nothing is changed.
 */
export async function askSecret({ input, output }: Asked, signal: AbortSignal): Promise<string | undefined> {
  const hidden = new Writable({ write: (_chunk, _encoding, done) => done() })
  const lines = createInterface({ input, output: hidden, terminal: true, signal })
  // The terminal hands over Ctrl-C as a key: it means here what it means elsewhere.
  lines.on('SIGINT', () => process.kill(process.pid, 'SIGINT'))
  output.write(QUESTION)
  for await (const line of lines) {
    output.write('\n')
    const secret = line.trim()
    if (secret === '' || isSecret(secret)) return secret || undefined
    output.write(
      `  That is no signing secret: one begins with whsec_, and this was perhaps not copied whole.\n${QUESTION}`,
    )
  }
  return undefined
}

const QUESTION = '  Signing secret (whsec_…), or Enter for later: '

function isSecret(text: string): boolean {
  const { success, data } = variables.CLERK_WEBHOOK_SIGNING_SECRET.safeParse(text)
  return success && data.length === 1
}
