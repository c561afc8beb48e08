import { createBatcher } from '@rollcall/shared/batcher'
import { PipelineError } from '@rollcall/shared/errors'
import { Cluster, type Redis } from 'ioredis'
import { dataNodes } from './data-nodes.ts'
import { infoField } from './info.ts'

/** How long replicas may take: healthy ones in the same region need a few milliseconds. Meanwhile the connection waits. */
const REPLICAS_MS = 1_000

/** A master that lacked replicas is asked again after so long; until then nothing is written to it. */
const LACKING_MS = 1_000

/**
 * Writes to a master, and resolves once so many replicas have what was written [Q33]; else it throws
 * `queue_unavailable`, whatever has become of the write.
 *
 * Redis's `WAIT` is about what was written through the connection on which it is asked, and a new connection is told of
 * no write at all: so it has to be the same one, to the same master, from before the write until the answer. Not covered
 * is a write that a cluster sends elsewhere because somebody moves its slot at that moment (`ASK`).
 */
export async function replicated(
  client: Redis | Cluster,
  key: string,
  minReplicas: number,
  write: () => Promise<void>,
): Promise<void> {
  if (minReplicas === 0) return write()
  const redis = await masterOf(client, key)
  const master = watched(redis, minReplicas)
  await master.requireReplicas()
  const before = master.closings
  await write()
  if ((await masterOf(client, key)) !== redis) throw unconfirmed('its master changed meanwhile')
  const replicas = await master.confirm()
  if (master.closings !== before) throw unconfirmed('the connection broke meanwhile')
  if (replicas < minReplicas) throw tooFew(replicas, minReplicas)
}

/** How many replicas are connected to the master that has the fewest. */
export async function fewestReplicas(client: Redis | Cluster): Promise<number> {
  const nodes = await dataNodes(client)
  return Math.min(...(await Promise.all(nodes.map(connectedReplicas))))
}

/** The connection that writes to a key go through. */
async function masterOf(client: Redis | Cluster, key: string): Promise<Redis> {
  if (!(client instanceof Cluster)) return client
  const slot = await slotOf(client, key)
  const address = client.slots[slot]?.[0]
  const master = client.nodes('master').find(({ options: { host, port } }) => `${host}:${port}` === address)
  if (!master) throw unconfirmed('no master serves it')
  return master
}

/** A key's slot never changes. */
const slots = new WeakMap<Cluster, Map<string, number>>()

async function slotOf(client: Cluster, key: string): Promise<number> {
  const known = slots.get(client) ?? new Map<string, number>()
  slots.set(client, known)
  const slot = known.get(key) ?? (await client.cluster('KEYSLOT', key))
  known.set(key, slot)
  return slot
}

interface WatchedMaster {
  /** How often the connection has been closed. */
  readonly closings: number
  /** Throws where replicas are known to be lacking. */
  requireReplicas(): Promise<void>
  /** How many replicas have all that was written before. Those who ask at the same time ask together. */
  confirm(): Promise<number>
}

const masters = new WeakMap<Redis, WatchedMaster>()

function watched(redis: Redis, minReplicas: number): WatchedMaster {
  const known = masters.get(redis)
  if (known) return known
  let closings = 0
  redis.on('close', () => {
    closings++
  })

  let lackingAt = Number.NEGATIVE_INFINITY
  let isLacking = false
  const found = (replicas: number) => {
    isLacking = replicas < minReplicas
    lackingAt = performance.now()
    return replicas
  }
  // One WAIT at a time: it holds up the connection, and the next one speaks for all who have written meanwhile.
  const waits = createBatcher<void, number>({
    maxItems: Number.POSITIVE_INFINITY,
    maxInFlight: 1,
    async flush(items) {
      const value = isLacking ? 0 : found(await redis.wait(minReplicas, REPLICAS_MS))
      return items.map(() => ({ status: 'fulfilled', value }))
    },
  })

  const master: WatchedMaster = {
    get closings() {
      return closings
    },
    async requireReplicas() {
      if (!isLacking) return
      const isFresh = performance.now() - lackingAt < LACKING_MS
      const replicas = isFresh ? 0 : found(await connectedReplicas(redis))
      if (isLacking) throw tooFew(replicas, minReplicas)
    },
    confirm: () => waits.submit(),
  }
  masters.set(redis, master)
  return master
}

const connectedReplicas = async (redis: Redis): Promise<number> =>
  Number(infoField(await redis.info('replication'), 'connected_slaves') ?? 0)

const tooFew = (replicas: number, minReplicas: number) =>
  unconfirmed(`${replicas} of ${minReplicas} replicas confirmed it`)

const unconfirmed = (why: string) =>
  new PipelineError('queue_unavailable', `the queue's replicas do not have it: ${why}`)
