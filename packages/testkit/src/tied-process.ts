import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Account } from '@rollcall/embedded/account'

/** A process that ends when it is disposed of, and with whoever started it, however that ends. */
export interface TiedProcess extends AsyncDisposable {
  /** What it has written to standard error. */
  readonly said: string
}

/** Ends what runs in it when its standard input ends: with a run that is killed, too. */
const UNTIL_INPUT_ENDS = '"$@" & cat >/dev/null; kill -9 $!; wait'

/** Starts it without any of our environment but where programs are; as another account, where one is given. */
export function startTiedProcess(command: readonly string[], account?: Account): TiedProcess {
  const child = spawn('sh', ['-c', UNTIL_INPUT_ENDS, 'sh', ...command], {
    stdio: ['pipe', 'ignore', 'pipe'],
    env: { PATH: process.env.PATH },
    cwd: '/',
    ...account,
  })
  const ended = once(child, 'close')
  let said = ''
  child.stderr.on('data', (chunk) => {
    said += chunk
  })
  return {
    get said() {
      return said
    },
    async [Symbol.asyncDispose]() {
      child.stdin.end()
      await ended
    },
  }
}
