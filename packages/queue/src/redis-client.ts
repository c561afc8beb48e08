import { Cluster, Redis } from 'ioredis'

/**
 * A connection that neither answers nor breaks (a cut cable, a frozen host) is given up after this long. Above the
 * 10 s for which a BullMQ worker blocks on an empty queue.
 */
const SOCKET_TIMEOUT_MS = 30_000

/** Reconnect for ever, at most this far apart: Redis being back should be noticed within seconds. */
const RECONNECT_MS = 2_000

const retryStrategy = (times: number): number => Math.min(times * 100, RECONNECT_MS)

/** `maxRetriesPerRequest` is BullMQ's demand on connections that block; without it a command gives up after 20 reconnects. */
const OPTIONS = { maxRetriesPerRequest: null, socketTimeout: SOCKET_TIMEOUT_MS } as const

type ConnectionOptions = typeof OPTIONS & { readonly connectionName?: string }

/**
 * A client for one Redis, or for a cluster where several URLs are given. Commands wait while it is away; whoever sends
 * them has a deadline and a limit on how many [Q3]. Its connections bear the name, where one is given and Redis takes it.
 */
export function createRedis(urls: readonly string[], onError: (error: Error) => void, name?: string): Redis | Cluster {
  const [first, ...others] = urls
  const options = { ...OPTIONS, ...(name !== undefined && { connectionName: name }) }
  const client =
    others.length === 0 ? new Redis(first!, { ...options, retryStrategy }) : createCluster(urls, first!, options)
  // BullMQ registers listeners of its own on a client that it shares.
  client.setMaxListeners(50)
  client.on('error', onError)
  return client
}

/** Nodes that a cluster tells of are addresses without a scheme, so TLS is said for all of them by the first URL. */
function createCluster(urls: readonly string[], first: string, options: ConnectionOptions): Cluster {
  const isTls = new URL(first).protocol === 'rediss:'
  return new Cluster([...urls], {
    redisOptions: { ...options, ...(isTls && { tls: {} }) },
    clusterRetryStrategy: retryStrategy,
  })
}
