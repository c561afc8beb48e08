import { crc32 } from 'node:zlib'
import { bodyText, type Delivery } from '@rollcall/shared/delivery'
import { isJsonObject, parseJson } from '@rollcall/shared/json'

/** A worker holds a connection to each that waits for jobs; a Redis Cluster of more masters than that is not in sight. */
export const MOST_SHARDS = 64

/**
 * What all keys of a shard begin with. In braces, so that they fall into one slot of a cluster, as BullMQ's scripts need;
 * each shard into a slot of its own. The first is the queue as it is without shards. With the default prefix, three
 * masters get 3, 3 and 2 of eight shards.
 */
export const shardPrefix = (prefix: string, shard: number): string =>
  shard === 0 ? `{${prefix}}` : `{${prefix}.${shard}}`

/** `shardOf`, of which each delivery is asked more than once. */
export function createShardOf(shards: number): (delivery: Delivery) => number {
  const known = new WeakMap<Delivery, number>()
  return (delivery) => {
    const shard = known.get(delivery) ?? shardOf(delivery, shards)
    if (shards > 1) known.set(delivery, shard)
    return shard
  }
}

/**
 * The shard of a delivery, so that events of one entity stay together: by a hash of the id of what it is about, or of the
 * message's id where its body tells of none. A single shard takes everything unread [R6].
 */
export function shardOf(delivery: Delivery, shards: number): number {
  return shards === 1 ? 0 : crc32(entityOf(delivery) ?? delivery.messageId) % shards
}

function entityOf(delivery: Delivery): string | undefined {
  const event = parseJson(bodyText(delivery))
  const data = isJsonObject(event) ? event.data : undefined
  return isJsonObject(data) && typeof data.id === 'string' && data.id !== '' ? data.id : undefined
}
