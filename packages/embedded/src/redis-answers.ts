import { once } from 'node:events'
import { createConnection } from 'node:net'

/** Generous on the same machine, and short enough to ask again soon. */
const ANSWER_MS = 2_000

/** Whether PING is answered by PONG: while Redis still loads its data it answers LOADING instead. */
export const redisAnswers = async (url: string): Promise<boolean> =>
  (await ask(url, 'PING'))?.startsWith('+PONG') ?? false

/** Whether it is that process which answers: where somebody else's Redis has taken the port first, that one does. */
export const redisAnswersAs = async (url: string, pid: number): Promise<boolean> =>
  (await ask(url, 'INFO server'))?.includes(`\r\nprocess_id:${pid}\r\n`) === true && (await redisAnswers(url))

/** The first of what is answered, which is all of it for what is as short as these; nothing without an answer. */
async function ask(url: string, command: string): Promise<string | undefined> {
  const { hostname, port } = new URL(url)
  const socket = createConnection({ host: hostname, port: Number(port) })
  try {
    socket.write(`${command}\r\n`)
    const [answer] = (await once(socket, 'data', { signal: AbortSignal.timeout(ANSWER_MS) })) as [Buffer]
    return answer.toString()
  } catch {
    return undefined // not yet; whoever asks has the deadline and the log
  } finally {
    socket.on('error', () => {}) // nobody listens any more
    socket.destroy()
  }
}
