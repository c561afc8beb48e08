import { askNode, parseClusterNodes, rolesOf, type SeenNode } from './redis-cluster-view.ts'
import {
  type RedisProcess,
  type ServerTls,
  startRedisProcess,
  startTlsRedis,
  type TlsRedisProcess,
} from './redis-process.ts'
import type { RedisSettings } from './redis-server.ts'
import { testPort } from './test-port.ts'
import { until } from './wait.ts'

/** One `redis-server` of a cluster; what it is in it, master or replica, changes with every failover. */
export type RedisClusterNode = RedisProcess

/** A Redis Cluster for one test alone: real processes of this machine, whatever the run's other servers are made of. */
export interface RedisCluster extends AsyncDisposable {
  /** As `REDIS_URL` takes it: the addresses of all nodes, separated by commas. */
  readonly urls: string
  readonly nodes: readonly RedisClusterNode[]
  /** Who serves a key now. */
  masterFor(key: string): Promise<RedisClusterNode>
  /** All that serve slots now. */
  masters(): Promise<readonly RedisClusterNode[]>
  /** Who follows a master now, of those that run; nothing if nobody does. */
  replicaOf(master: RedisClusterNode): Promise<RedisClusterNode | undefined>
  /**
   * Resolves when those that run agree on who serves every slot, each of them by one that runs, and on who follows whom,
   * and replicas are in step with their masters: after a start, after a failover, and after a node has come back.
   */
  untilHealthy(): Promise<void>
}

/** A node is taken for dead after so long without an answer; its replica takes over a second or two later. */
const NODE_TIMEOUT_MS = 2_000

const HEALTHY_MS = 90_000
const SLOTS = 16_384

const SETTINGS = {
  'cluster-enabled': 'yes',
  'cluster-config-file': 'nodes.conf',
  'cluster-node-timeout': String(NODE_TIMEOUT_MS),
  // What other masters serve goes on being served while one is away.
  'cluster-require-full-coverage': 'no',
  // A replica stays with its master: which one a test kills decides what happens, and nothing else.
  'cluster-allow-replica-migration': 'no',
  // However long a busy machine has kept it from its master, a replica stands for election.
  'cluster-replica-validity-factor': '0',
  'repl-diskless-sync-delay': '0',
  'repl-ping-replica-period': '1',
} as const satisfies RedisSettings

interface ClusterOptions {
  readonly masters: number
  readonly replicas: number
  /** Those of every node. */
  readonly settings?: RedisSettings
  /** Given, nodes speak TLS with each other and with clients. */
  readonly tls?: ServerTls
}

/** Starts a new, empty cluster. Replicas are shared out among the masters. */
export async function startRedisCluster({
  masters,
  replicas,
  settings = {},
  tls,
}: ClusterOptions): Promise<RedisCluster> {
  await using opened = new AsyncDisposableStack()
  const nodes: TrackedNode[] = []
  while (nodes.length < masters + replicas) nodes.push(opened.use(await startNode(settings, tls)))
  await form(nodes, masters)
  const cluster = observe(nodes)
  await cluster.untilHealthy()
  const everything = opened.move()
  return {
    urls: nodes.map(({ url, tlsPort }) => (tlsPort ? `rediss://127.0.0.1:${tlsPort}` : url)).join(','),
    nodes,
    ...cluster,
    [Symbol.asyncDispose]: () => everything.disposeAsync(),
  }
}

interface TrackedNode extends RedisClusterNode {
  readonly tlsPort?: number
  /** The port at which nodes speak to each other. */
  readonly busPort: number
  /** Neither killed nor frozen by the test. */
  isRunning(): boolean
}

async function startNode(settings: RedisSettings, tls: ServerTls | undefined): Promise<TrackedNode> {
  const busPort = await testPort()
  const all = { ...SETTINGS, 'cluster-port': String(busPort), ...(tls && { 'tls-cluster': 'yes' }), ...settings }
  const server: RedisProcess & Partial<TlsRedisProcess> = tls
    ? await startTlsRedis(tls, all)
    : await startRedisProcess(all)
  let runs = true
  const track = (action: () => Promise<void>, after: boolean) => async () => {
    runs = false
    await action()
    runs = after
  }
  return {
    ...server,
    busPort,
    isRunning: () => runs,
    stop: track(server.stop, false),
    kill: track(server.kill, false),
    freeze: track(server.freeze, false),
    start: track(server.start, true),
    thaw: track(server.thaw, true),
  }
}

/** Makes one cluster of nodes that know nothing of each other: the first ones are the masters. */
async function form(nodes: readonly TrackedNode[], masters: number): Promise<void> {
  const share = (i: number) => Math.floor((i * SLOTS) / masters)
  for (const [i, node] of nodes.slice(0, masters).entries()) {
    await askNode(node.url, async (redis) => {
      await redis.call('CLUSTER', 'SET-CONFIG-EPOCH', i + 1)
      await redis.call('CLUSTER', 'ADDSLOTSRANGE', share(i), share(i + 1) - 1)
    })
  }
  await askNode(nodes[0]!.url, async (redis) => {
    for (const { port, busPort } of nodes.slice(1)) {
      await redis.call('CLUSTER', 'MEET', '127.0.0.1', port, busPort)
    }
  })
  await until(
    async () => {
      const views = await Promise.all(nodes.map(viewOf))
      return views.every((view) => view.filter(({ isFailed }) => !isFailed).length === nodes.length)
    },
    { timeoutMs: HEALTHY_MS, what: 'all nodes have met' },
  )
  const ids = new Map((await viewOf(nodes[0]!)).map(({ id, port }) => [port, id]))
  for (const [i, node] of nodes.slice(masters).entries()) {
    const master = ids.get(nodes[i % masters]!.port)!
    await askNode(node.url, (redis) => redis.call('CLUSTER', 'REPLICATE', master))
  }
}

const viewOf = async ({ url }: RedisClusterNode): Promise<SeenNode[]> =>
  parseClusterNodes(await askNode(url, async (redis) => (await redis.call('CLUSTER', 'NODES')) as string))

function observe(nodes: readonly TrackedNode[]): Omit<RedisCluster, 'urls' | 'nodes' | keyof AsyncDisposable> {
  const running = () => nodes.filter((node) => node.isRunning())
  const at = (port: number) => nodes.find((node) => node.port === port)!
  const view = () => viewOf(running()[0]!)

  async function isHealthy(): Promise<boolean> {
    const views = await Promise.all(running().map(viewOf))
    if (new Set(views.map(rolesOf)).size !== 1) return false
    const seen = views[0]!
    const masters = seen.filter(({ slots }) => slots.length > 0)
    const served = masters.flatMap(({ slots }) => slots).reduce((sum, [first, last]) => sum + last - first + 1, 0)
    if (served !== SLOTS || !masters.every(({ port }) => at(port).isRunning())) return false
    const replicas = running().filter(({ port }) => !masters.some((master) => master.port === port))
    const inStep = await Promise.all(replicas.map(isInStep))
    return inStep.every(Boolean) && (await Promise.all(running().map(takesCommands))).every(Boolean)
  }

  return {
    async masterFor(key) {
      const slot = await askNode(
        running()[0]!.url,
        async (redis) => (await redis.call('CLUSTER', 'KEYSLOT', key)) as number,
      )
      const owner = (await view()).find(({ slots }) => slots.some(([first, last]) => first <= slot && slot <= last))
      if (!owner) throw new Error(`Nobody serves slot ${slot}.`)
      return at(owner.port)
    },
    async masters() {
      return (await view()).filter(({ slots }) => slots.length > 0).map(({ port }) => at(port))
    },
    async replicaOf(master) {
      const seen = await view()
      const id = seen.find(({ port }) => port === master.port)?.id
      return seen
        .filter(({ follows }) => follows === id)
        .map(({ port }) => at(port))
        .find((node) => node.isRunning())
    },
    async untilHealthy() {
      await until(isHealthy, { timeoutMs: HEALTHY_MS, what: 'the cluster is healthy' })
    },
  }
}

const isInStep = ({ url }: RedisClusterNode): Promise<boolean> =>
  askNode(url, async (redis) => {
    const told = await redis.info('replication')
    return told.includes('role:slave') && told.includes('master_link_status:up')
  })

const takesCommands = ({ url }: RedisClusterNode): Promise<boolean> =>
  askNode(url, async (redis) => ((await redis.call('CLUSTER', 'INFO')) as string).startsWith('cluster_state:ok'))
