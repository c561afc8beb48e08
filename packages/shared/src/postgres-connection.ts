import { verifiedUrl } from './database-address.ts'

/** What a pool or a client of `pg` connects with, whoever opens it. */
export interface ConnectionOptions {
  readonly connectionString: string
  readonly connectionTimeoutMillis: number
  readonly keepAlive: true
  readonly keepAliveInitialDelayMillis: number
}

/** A connection that nothing comes from is probed after this long, not after the two hours that are Linux's default. */
const KEEP_ALIVE_MS = 10_000

/** A host that swallows packets is given up after `connectTimeoutMs`, so that an outage shows as one. */
export const connectionTo = (databaseUrl: string, connectTimeoutMs: number): ConnectionOptions => ({
  connectionString: verifiedUrl(databaseUrl),
  connectionTimeoutMillis: connectTimeoutMs,
  keepAlive: true,
  keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
})

/** As much of a `pg` pool as is needed here; BullMQ has a type of its own for it. */
interface ConnectingPool {
  on(
    event: 'connect',
    listener: (client: { on(event: 'error', listener: (error: Error) => void): unknown }) => void,
  ): unknown
}

/**
 * A pool tells errors of its idle connections only. One that breaks while it is in use and nobody waits for an answer
 * would end the process, if nobody listened to it [O4].
 */
export function surviveBrokenConnections(pool: ConnectingPool, onError: (error: Error) => void): void {
  pool.on('connect', (client) => client.on('error', onError))
}
