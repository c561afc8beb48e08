import type { JobQueue } from '@rollcall/queue/job-queue'
import { createBatcher } from '@rollcall/shared/batcher'
import { withDeadline } from '@rollcall/shared/deadline'
import type { Delivery } from '@rollcall/shared/delivery'
import { PipelineError } from '@rollcall/shared/errors'
import type { Traceparent } from '@rollcall/shared/tracing'
import type { AddingTraces } from './delivery-traces.ts'

/** `trace` is where the delivery comes from, if it is traced. */
export type Enqueue = (delivery: Delivery, trace?: Traceparent) => Promise<void>

/** Well inside the 15 s that Svix waits. BullMQ alone would wait for Redis for as long as it takes. */
const DEADLINE_MS = 5_000

/** One step of some 0.6 MB, which takes Redis 10 ms; larger ones gain nothing and hold up those behind them. */
const MAX_BATCH = 500

/** Pipelines under way at once: while one waits for the disk, the next turns of the event loop send theirs. */
const MAX_IN_FLIGHT = 32

/** Deliveries that wait while the queue is away: 20,000 at 2.4 KB are 48 MB. Beyond, the sender is told to come back. */
const MAX_WAITING = 20_000

/** What their bodies have together, if they are larger than that: a text of which a character is no Latin one takes twice that. */
const MAX_WAITING_CHARACTERS = 67_108_864

/**
 * Hands verified deliveries to the queue, all those of one turn of the event loop at once. When it resolves the event
 * is ours to deliver, and Svix may be told so; when it throws, Svix must be told to try again [Q1].
 *
 * The message id is the job's id, so a delivery that lands after its deadline is absorbed by the retry [Q2].
 */
export function createEnqueue(queue: JobQueue, traces?: AddingTraces): Enqueue {
  // One for each shard: a master of a cluster that is away holds up what goes to it, and nothing else [Q32].
  const batchers = Array.from({ length: queue.shards }, () =>
    createBatcher<Delivery, void>({
      maxItems: MAX_BATCH,
      maxInFlight: MAX_IN_FLIGHT,
      async flush(deliveries) {
        traces?.sent(deliveries)
        await queue.add(deliveries, traces)
        return deliveries.map(() => ({ status: 'fulfilled', value: undefined }))
      },
    }),
  )

  /** Of deliveries that are on their way to the queue, or wait for it. */
  let characters = 0

  return async (delivery, trace) => {
    const batcher = batchers[queue.shardOf(delivery)]!
    const waiting = batchers.reduce((sum, each) => sum + each.waiting, 0)
    if (waiting >= MAX_WAITING) {
      throw new PipelineError('queue_full', `${MAX_WAITING} deliveries wait for the queue already`)
    }
    if (characters + delivery.body.length > MAX_WAITING_CHARACTERS) {
      throw new PipelineError('queue_full', `${MAX_WAITING_CHARACTERS} characters of bodies wait for the queue already`)
    }
    characters += delivery.body.length
    const span = trace === undefined ? undefined : traces?.begin(delivery, trace)
    try {
      await withDeadline(batcher.submit(delivery), DEADLINE_MS)
    } catch (thrown) {
      batcher.withdraw(delivery)
      const error = asPipelineError(thrown)
      span?.fail(error.code)
      throw error
    } finally {
      characters -= delivery.body.length
      span?.end()
    }
  }
}

function asPipelineError(thrown: unknown): PipelineError {
  if (thrown instanceof PipelineError) return thrown
  const message = `the queue did not take it within ${DEADLINE_MS} ms`
  return new PipelineError('queue_unavailable', message, { cause: thrown })
}
