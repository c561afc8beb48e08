import type { QueueState } from '@rollcall/queue/job-queue'
import { locateQueue, openQueue } from '@rollcall/queue/open-queue'
import { createTestMirror } from '@rollcall/testkit/mirror'
import { createQueue } from '@rollcall/testkit/queue'
import { expect, test } from 'vitest'
import { startWatch } from './watch.ts'

const stateThat = (isPaused: boolean): QueueState => ({
  counts: { waiting: 0, active: 0, delayed: 0, failed: 0 },
  isPaused,
  oldestWaitingAt: undefined,
})

test('[X15] a look that began before somebody paused the queue does not hide that', async () => {
  await using mirror = await createTestMirror()
  await using testQueue = await createQueue('redis')
  const { REDIS_URL, QUEUE_PREFIX = '' } = testQueue.variables
  const location = locateQueue({
    REDIS_URL: [REDIS_URL!],
    QUEUE_PREFIX,
    DATABASE_SCHEMA: 'clerk',
    DATABASE_POOL_SIZE: 1,
  })
  await using opened = new AsyncDisposableStack()
  const queue = opened.adopt(openQueue(location, rethrow), (queue) => queue.close())
  const answers: PromiseWithResolvers<QueueState>[] = []
  const state = () => {
    const answer = Promise.withResolvers<QueueState>()
    answers.push(answer)
    return answer.promise
  }
  const parts = { mirror, queue: { ...queue, state }, onQueueError: rethrow, onDatabaseError: rethrow }
  const watch = opened.adopt(startWatch({ ...parts, now: Date.now }), (watch) => watch.close())

  const looking = watch.lookAtQueue()
  answers[1]!.resolve(stateThat(true))
  await looking
  expect(watch.seen().queue.value?.isPaused).toBe(true)

  answers[0]!.resolve(stateThat(false))
  await new Promise((resolve) => setImmediate(resolve))
  expect(watch.seen().queue.value?.isPaused).toBe(true)
})

const rethrow = (error: Error): never => {
  throw error
}
