import { connect } from 'node:net'
import type { Exchange } from './exchanges.ts'

/** How a connection went. */
export interface Played {
  readonly statuses: readonly number[]
  readonly tookMs: number
}

/** After so long without a word our half is closed: what was sent is not whole, and more is waited for. */
const QUIET_MS = 400

/** The receiver has 15 s for a request and 6 s for an answer; a machine may be five times as slow. */
const MOST_MS = 60_000

/** Every status line. Nothing that the receiver answers has one within. */
const STATUS_LINE = /HTTP\/1\.1 (\d{3}) /g

/** Plays an exchange against a receiver on this machine. Rejects if the connection is not over within its time. */
export function play(port: number, { pieces, ending, requests }: Exchange): Promise<Played> {
  const startedAt = performance.now()
  const { promise, resolve, reject } = Promise.withResolvers<Played>()
  const socket = connect(port, '127.0.0.1')
  socket.setNoDelay(true)
  let answer = ''
  socket.setEncoding('latin1')
  socket.on('data', (text) => {
    answer += text
  })
  // The receiver may close while we write.
  socket.on('error', () => {})
  // Where answers are known to come they are waited for: whoever closes a half is not answered any more.
  if (ending !== 'asked' || !requests) socket.setTimeout(QUIET_MS, () => socket.end())
  const deadline = setTimeout(() => {
    reject(new Error(`the connection was not over within ${MOST_MS} ms; answered so far: ${answer.slice(0, 1_000)}`))
    socket.destroy()
  }, MOST_MS)
  socket.on('close', () => {
    clearTimeout(deadline)
    const statuses = [...answer.matchAll(STATUS_LINE)].map(([, status]) => Number(status))
    resolve({ statuses, tookMs: performance.now() - startedAt })
  })
  socket.on('connect', async () => {
    for (const piece of pieces) {
      // A turn of the loop between two, so that they leave one by one.
      await new Promise((written) => socket.write(piece, written))
    }
    if (ending === 'half') socket.end()
    if (ending === 'reset') socket.resetAndDestroy()
  })
  return promise
}
