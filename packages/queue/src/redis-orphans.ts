import type { Worker } from 'bullmq'
import type { Cluster, Redis } from 'ioredis'
import { giveBack } from './give-back.ts'

/**
 * Gives back the jobs that a worker was handed in an answer that never reached it, as where Redis was killed between handing
 * out and answering: locked by its token, and not in its hands. They would wait until their locks have run out [Q65]. To be
 * called while nothing is being handed out to the token.
 */
export async function returnOrphans(
  client: Redis | Cluster,
  worker: Worker,
  token: string,
  isInHand: (id: string) => boolean,
): Promise<void> {
  const active = await client.lrange(worker.toKey('active'), 0, -1)
  const others = active.filter((id) => !isInHand(id))
  if (others.length === 0) return
  const locks = await client.mget(others.map((id) => `${worker.toKey(id)}:lock`))
  // Newest first, as they lie there; what is given back last is handed out next.
  for (const [i, id] of others.entries()) {
    if (locks[i] === token) await giveBack(worker.getBackend(), id, token)
  }
}
