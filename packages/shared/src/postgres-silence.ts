import { createConnection, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** As much of a `pg` pool as is needed here; BullMQ has a type of its own for it. */
interface ConnectingPool {
  on(event: 'connect', listener: (client: object) => void): unknown
}

/** As much of a `pg` client, whose types do not tell it. It is ready for a query while no answer is waited for, also within a transaction. */
interface AskingClient {
  readonly readyForQuery: boolean
  readonly processID: number | null
  readonly secretKey: number | null
  readonly connection: { readonly stream: Socket }
}

/**
 * What a process does by itself takes Postgres seconds at the most; as long as a connection to Redis may be silent. Without
 * it a statement that went into a network that swallows packets waits for as long as the kernel sends it again: a quarter of
 * an hour on Linux, and for ever where something in between acknowledges it.
 */
export const SILENCE_MS = 30_000

/** To have a statement cancelled takes a packet there and one back. Longer than that nobody waits for it. */
const CANCEL_MS = 2_000

/** PgBouncer gives cancelling up after 10 s itself. */
const CANCEL_END_MS = 30_000

/**
 * Ends connections of a pool on which an answer is waited for and nothing comes: a frozen server, a network that swallows
 * packets, a lock that somebody else does not let go of [O35]. What waits for them fails, and the next work has new ones.
 */
export function endSilentConnections(pool: ConnectingPool, silenceMs: number): void {
  pool.on('connect', (client) => endIfSilent(client, silenceMs))
}

/** The same of one client of `pg`, once it is connected. */
export function endIfSilent(connected: object, silenceMs: number): void {
  const client = connected as AskingClient
  const { stream } = client.connection
  stream.setTimeout(silenceMs)
  stream.on('timeout', () => {
    const { bytesRead } = stream
    // A process that stood still itself learns that the time is up before it reads what came meanwhile.
    setImmediate(() => {
      if (!client.readyForQuery && stream.bytesRead === bytesRead)
        void end(client, `Postgres gave no answer within ${silenceMs} ms`)
    })
  })
}

async function end(client: AskingClient, reason: string): Promise<void> {
  const { stream } = client.connection
  stream.pause() // that a statement was cancelled is no answer to it
  await cancel(client)
  stream.destroy(new Error(reason))
}

/**
 * A statement that waits for a lock does not notice that nobody waits for it any more: without this each try would leave one
 * more behind, until Postgres has no connections left. Poolers forward it only while its connection is there.
 */
async function cancel({ processID, secretKey, connection: { stream } }: AskingClient): Promise<void> {
  const { remoteAddress: host, remotePort: port } = stream
  // No address: a Unix socket, behind which nothing swallows packets.
  if (host === undefined || port === undefined || processID === null || secretKey === null) return
  const socket = createConnection({ host, port }).unref()
  socket.setTimeout(CANCEL_END_MS, () => socket.destroy())
  // The other side ends it. PgBouncer before 1.19 crashes if whoever asks does so first, in half a way too.
  socket.write(cancelRequest(processID, secretKey))
  socket.resume()
  // It may end in an error: nobody is there to cancel it, either.
  const { promise: ended, resolve } = Promise.withResolvers<void>()
  socket.on('error', () => undefined).on('close', resolve)
  await Promise.race([ended, sleep(CANCEL_MS, undefined, { ref: false })])
}

/** The `CancelRequest` of Postgres's protocol: its length, its code, and whom it is for. */
function cancelRequest(processID: number, secretKey: number): Buffer {
  const request = Buffer.alloc(16)
  for (const [i, field] of [16, 80_877_102, processID, secretKey].entries()) request.writeInt32BE(field, i * 4)
  return request
}
