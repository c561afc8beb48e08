import { type RedisAddress, readRedisAddress } from '@rollcall/shared/redis-address'
import { readTlsFiles, type TlsFiles } from '@rollcall/shared/tls-files'
import { Cluster, type ClusterOptions, Redis } from 'ioredis'
import { refuseForgotten } from './forgotten-commands.ts'
import { shakeHands } from './redis-handshake.ts'
import { connectionProblem, redisProblem } from './redis-problem.ts'

/**
 * A connection that neither answers nor breaks (a cut cable, a frozen host) is given up after this long. Above the
 * 10 s for which a BullMQ worker blocks on an empty queue.
 */
const SOCKET_TIMEOUT_MS = 30_000

/** Reconnect for ever, at most this far apart: Redis being back should be noticed within seconds. */
const RECONNECT_MS = 2_000

/** Whoever is not connected by then looks for the reason. Below what people and probes wait for. */
const LOOK_AFTER_MS = 500

const retryStrategy = (times: number): number => Math.min(times * 100, RECONNECT_MS)

/** `maxRetriesPerRequest` is BullMQ's demand on connections that block; without it a command gives up after 20 reconnects. */
const OPTIONS = { maxRetriesPerRequest: null, socketTimeout: SOCKET_TIMEOUT_MS } as const

type Options = typeof OPTIONS & { readonly tls?: TlsFiles; readonly connectionName?: string }

/**
 * A command to a master that is away is sent again every half second for half a minute, and then fails: twice what a cluster
 * takes by default to notice (15 s) and to elect a replica. ioredis would give up after 1.6 s.
 */
const FAILOVER: ClusterOptions = {
  retryDelayOnFailover: 500,
  retryDelayOnClusterDown: 500,
  // Two nodes that take each other for the master would use up all tries within milliseconds.
  retryDelayOnMoved: 50,
  maxRedirections: 60,
  // A connection to a frozen master is given up as soon as the others have another one, not after SOCKET_TIMEOUT_MS.
  slotsRefreshInterval: 10_000,
  // A handshake of TLS included, and on to the next node.
  slotsRefreshTimeout: 2_000,
}

/**
 * A client for one Redis, for the master that Sentinels know, or for a cluster. Commands wait while it is away; whoever sends
 * them has a deadline and a limit on how many [Q3]. Its connections bear the name, where one is given and Redis takes it.
 * Why it is away is told, where that can be found out [Q24].
 */
export function createRedis(urls: readonly string[], onError: (error: Error) => void, name?: string): Redis | Cluster {
  const address = readRedisAddress(urls)
  // Read here, and not again: a certificate that was renewed is shown after a restart.
  const tls = address.tls && readTlsFiles(address.tls)
  const client = connect(address, {
    ...OPTIONS,
    ...(tls && { tls }),
    ...(name !== undefined && { connectionName: name }),
  })
  // BullMQ registers listeners of its own on a client that it shares.
  client.setMaxListeners(50)
  refuseForgotten(client)
  tellProblems(client, address, tls, onError)
  return client
}

function connect(address: RedisAddress, options: Options): Redis | Cluster {
  switch (address.kind) {
    case 'single':
      return new Redis(address.url, { ...options, retryStrategy })
    case 'cluster':
      return new Cluster([...address.nodes], {
        ...FAILOVER,
        // Nodes that a cluster tells of are addresses and no more: what is said of one holds for all.
        redisOptions: { ...options, ...accessOf(address) },
        clusterRetryStrategy: retryStrategy,
        // Names are looked up when they are connected to: a certificate is for a name, and one that is gone stops nobody.
        dnsLookup: (host, found) => found(null, host),
      })
    case 'sentinel':
      return new Redis({
        ...options,
        ...accessOf(address),
        sentinels: [...address.nodes],
        name: address.master,
        db: address.database,
        ...(address.sentinelUsername !== undefined && { sentinelUsername: address.sentinelUsername }),
        ...(address.sentinelPassword !== undefined && { sentinelPassword: address.sentinelPassword }),
        ...(options.tls && { sentinelTLS: options.tls, enableTLSForSentinelMode: true }),
        retryStrategy,
        sentinelRetryStrategy: retryStrategy,
        // A master that has become a replica meanwhile: the command is sent again, to whom the Sentinels name then.
        reconnectOnError: (error) => (error.message.startsWith('READONLY') ? 2 : false),
      })
  }
}

const accessOf = ({ username, password, family }: Exclude<RedisAddress, { kind: 'single' }>) => ({
  ...(username !== undefined && { username }),
  ...(password !== undefined && { password }),
  ...(family !== undefined && { family }),
})

/** Tells errors of the client, as what they mean where that is known; where it is not, the servers are asked themselves. */
function tellProblems(
  client: Redis | Cluster,
  { kind, nodes }: RedisAddress,
  tls: TlsFiles | undefined,
  onError: (error: Error) => void,
): void {
  const isReady = () => client.status === 'ready'
  let looks = false
  let isClosed = false

  async function look(hasGivenUp: boolean): Promise<void> {
    if (looks || isClosed || isReady()) return
    looks = true
    const seen = await Promise.all(nodes.map((node) => shakeHands(node, tls)))
    looks = false
    if (isClosed || isReady()) return
    const problem = seen.find((each) => each instanceof Error)
    if (problem) onError(problem)
    else if (hasGivenUp && kind === 'cluster' && seen.includes('answers')) onError(connectionProblem('CLUSTERDOWN'))
  }

  const soon = setTimeout(() => look(false), LOOK_AFTER_MS)
  soon.unref()
  client.on('ready', () => clearTimeout(soon))
  client.on('reconnecting', () => look(true))
  client.on('error', (error: Error) => {
    const problem = redisProblem(error)
    onError(problem ?? error)
    if (!problem) void look(false)
  })
  client.on('end', () => {
    isClosed = true
    clearTimeout(soon)
  })
}
