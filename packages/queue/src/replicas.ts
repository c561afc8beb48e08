import { PipelineError } from '@rollcall/shared/errors'
import { Cluster, type Redis } from 'ioredis'
import { dataNodes } from './data-nodes.ts'
import { infoField } from './info.ts'

/** How long replicas may take: a healthy one in the same region does it within a few milliseconds. */
const REPLICAS_MS = 1_000

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
  const master = await masterOf(client, key)
  let isBroken = false
  const onClose = () => {
    isBroken = true
  }
  master.on('close', onClose)
  try {
    await write()
    if (isBroken || (await masterOf(client, key)) !== master) throw unconfirmed('its master changed meanwhile')
    const replicas = await master.wait(minReplicas, REPLICAS_MS)
    if (isBroken) throw unconfirmed('the connection broke meanwhile')
    if (replicas < minReplicas) throw unconfirmed(`${replicas} of ${minReplicas} replicas confirmed it`)
  } finally {
    master.off('close', onClose)
  }
}

/** How many replicas are connected to the master that has the fewest. */
export async function fewestReplicas(client: Redis | Cluster): Promise<number> {
  const nodes = await dataNodes(client)
  const told = await Promise.all(nodes.map((node) => node.info('replication')))
  return Math.min(...told.map((info) => Number(infoField(info, 'connected_slaves') ?? 0)))
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

const unconfirmed = (why: string) =>
  new PipelineError('queue_unavailable', `the queue took it, but not its replicas: ${why}`)
