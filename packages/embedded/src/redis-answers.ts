import { once } from 'node:events'
import { createConnection } from 'node:net'

/** Generous on the same machine, and short enough to ask again soon. */
const ANSWER_MS = 2_000

/** Whether PING is answered by PONG: while Redis still loads its data it answers LOADING instead. */
export async function redisAnswers(url: string): Promise<boolean> {
  const { hostname, port } = new URL(url)
  const socket = createConnection({ host: hostname, port: Number(port) })
  try {
    socket.write('PING\r\n')
    const [answer] = (await once(socket, 'data', { signal: AbortSignal.timeout(ANSWER_MS) })) as [Buffer]
    return answer.toString().startsWith('+PONG')
  } catch {
    return false // not yet; whoever asks has the deadline and the log
  } finally {
    socket.on('error', () => {}) // nobody listens any more
    socket.destroy()
  }
}
