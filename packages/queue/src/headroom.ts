import { PipelineError } from '@rollcall/shared/errors'
import { singleFlight } from '@rollcall/shared/single-flight'
import type { Cluster, Redis } from 'ioredis'
import { dataNodes } from './data-nodes.ts'
import { infoField } from './info.ts'

/**
 * The share of `maxmemory` from which on nothing more is queued. At its limit Redis refuses BullMQ's own bookkeeping as
 * well, and a full queue could not even be emptied: what is left above belongs to the workers [Q5]. Of the 512 MB of
 * our redis.conf it is 51 MB, more than every receiver can fill between two looks.
 */
const FULL_SHARE = 0.9

/** Between two looks, at 10,000 webhooks a second and 1.7 KB each, 17 MB come in. */
const LOOK_EVERY_MS = 1_000

export interface Headroom {
  /** Throws `queue_full` if the last look found no room. Looks again in the background when it is time to. */
  require(): void
  /** Looks now, and answers the share of `maxmemory` in use on the fullest node; 0 without a limit. */
  look(): Promise<number>
}

/** Watches how full Redis is, as long as something is put into it. `now` in milliseconds of a clock that never jumps [O22]. */
export function watchHeadroom(client: Redis | Cluster, now: () => number = () => performance.now()): Headroom {
  let usedShare = 0
  let lookedAt = Number.NEGATIVE_INFINITY

  // While Redis is away a look waits for it.
  const look = singleFlight(async () => {
    const nodes = await dataNodes(client)
    const shares = await Promise.all(nodes.map(async (node) => usedShareOf(await node.info('memory'))))
    lookedAt = now()
    usedShare = Math.max(0, ...shares)
    return usedShare
  })

  return {
    require() {
      // A Redis that does not answer is told by the queueing itself.
      if (now() - lookedAt >= LOOK_EVERY_MS) look().catch(() => undefined)
      if (usedShare < FULL_SHARE) return
      throw new PipelineError('queue_full', `${Math.round(usedShare * 100)} % of Redis's maxmemory is in use`)
    },
    look,
  }
}

export const isFull = (usedShare: number): boolean => usedShare >= FULL_SHARE

/** From Redis's `INFO memory`. */
export function usedShareOf(info: string): number {
  const limit = Number(infoField(info, 'maxmemory') ?? 0)
  return limit > 0 ? Number(infoField(info, 'used_memory') ?? 0) / limit : 0
}
