import { once } from 'node:events'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import type { JobQueue } from '@rollcall/queue/job-queue'
import type { Delivery } from '@rollcall/shared/delivery'
import { PipelineError } from '@rollcall/shared/errors'
import { portOf } from '@rollcall/shared/ops-server'
import { deliveryOf } from '@rollcall/testkit/deliveries'
import { signedRequest } from '@rollcall/testkit/svix'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { createEnqueue } from './enqueue.ts'
import { startTestApp, type TestApp } from './test-app.ts'

const DEADLINE_MS = 5_000
const MAX_WAITING = 20_000

/** A queue of which only `add` is used: what it does is what the test is about. */
const queueThat = (add: JobQueue['add']) => ({ shards: 1, shardOf: () => 0, add }) as unknown as JobQueue

const never = () => new Promise<never>(() => {})

/** Connections that the server has taken: what is written to them at once is there for it in one turn. */
async function openSockets(app: TestApp, count: number) {
  const sockets = []
  for (let i = 0; i < count; i++) {
    const taken = once(app.server, 'connection')
    sockets.push(connect(portOf(app.server), '127.0.0.1'))
    await taken
  }
  return sockets
}

function written(app: TestApp, body: string): string {
  const { headers } = signedRequest({ secret: app.secret, body })
  const lines = Object.entries({ host: 'x', connection: 'close', 'content-length': String(body.length), ...headers })
  return ['POST /api/webhooks HTTP/1.1', ...lines.map(([name, value]) => `${name}: ${value}`), '', body].join('\r\n')
}

describe('createEnqueue', () => {
  test('[Q1] it resolves when the queue has taken the delivery, not before', async () => {
    const taken = Promise.withResolvers<void>()
    let isDone = false
    const done = createEnqueue(queueThat(() => taken.promise))(deliveryOf({})).then(() => {
      isDone = true
    })

    await new Promise(setImmediate).then(() => new Promise(setImmediate))
    expect(isDone).toBe(false)
    taken.resolve()
    await done
  })

  test('[Q32] a shard that takes nothing holds up no other', async () => {
    const taken: number[] = []
    const shardOf = ({ body }: Delivery) => (JSON.parse(body) as { n: number }).n % 2
    const add = async ([first]: readonly Delivery[]) => {
      if (shardOf(first!) === 0) return never()
      taken.push(shardOf(first!))
    }
    const enqueue = createEnqueue({ shards: 2, shardOf, add } as unknown as JobQueue)
    // One after the other, so that each is a batch of its own: more than may be under way.
    for (let n = 0; n < 200; n += 2) {
      enqueue(deliveryOf({ n })).catch(() => undefined)
      await new Promise(setImmediate)
    }
    await enqueue(deliveryOf({ n: 1 }))
    expect(taken).toEqual([1])
  })

  test('[B1] requests that arrive in one turn of the event loop are one batch', async () => {
    const batches: string[][] = []
    const add = async (deliveries: readonly Delivery[]) => void batches.push(deliveries.map(({ body }) => body))
    await using app = await startTestApp({ enqueue: createEnqueue(queueThat(add)) })
    const sockets = await openSockets(app, 20)
    const requests = sockets.map((socket, i) => [socket, written(app, `{"n":${i}}`)] as const)

    for (const [socket, request] of requests) socket.write(request)
    const answers = await Promise.all(sockets.map((socket) => text(socket)))

    expect(answers.filter((answer) => answer.startsWith('HTTP/1.1 200'))).toHaveLength(20)
    expect(batches.map((batch) => batch.length)).toEqual([20])
  })

  test('[Q1] what the queue refuses is refused with its reason', async () => {
    const full = new PipelineError('queue_full', 'the queue has no room')
    await expect(createEnqueue(queueThat(() => Promise.reject(full)))(deliveryOf({}))).rejects.toBe(full)
  })

  test('[Q1] a queue that does not answer is given up after 5 s', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    onTestFinished(() => void vi.useRealTimers())
    const enqueued = createEnqueue(queueThat(never))(deliveryOf({}))
    const refused = expect(enqueued).rejects.toMatchObject({ code: 'queue_unavailable' })

    vi.advanceTimersByTime(DEADLINE_MS)

    await refused
  })

  test('[Q3] while the queue is away only so many deliveries wait; the next are refused at once', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    onTestFinished(() => void vi.useRealTimers())
    let carried = 0
    const add = (deliveries: readonly Delivery[]) => {
      carried += deliveries.length
      return never()
    }
    const enqueue = createEnqueue(queueThat(add))
    const codes: Record<string, number> = {}
    const submit = () => {
      enqueue(deliveryOf({})).catch(({ code }) => {
        codes[code] = (codes[code] ?? 0) + 1
      })
    }

    const settled = () => Object.values(codes).reduce((sum, count) => sum + count, 0)
    const IN_FLIGHT = 32
    for (let batch = 0; batch < IN_FLIGHT; batch++) {
      submit()
      await new Promise(setImmediate)
    }
    expect(carried).toBe(IN_FLIGHT)
    for (let i = 0; i < MAX_WAITING + 10; i++) submit()
    await new Promise(setImmediate)
    expect(codes).toEqual({ queue_full: 10 })

    vi.advanceTimersByTime(DEADLINE_MS)
    await new Promise(setImmediate)
    expect(settled()).toBe(IN_FLIGHT + MAX_WAITING + 10)
    expect(codes).toEqual({ queue_full: 10, queue_unavailable: IN_FLIGHT + MAX_WAITING })

    // Those that gave up wait no more: there is room again.
    submit()
    await new Promise(setImmediate)
    expect(codes.queue_full).toBe(10)
  })

  test('[Q3] of large ones fewer wait, and there is room again once they have gone', async () => {
    const taken = Promise.withResolvers<void>()
    const enqueue = createEnqueue(queueThat(() => taken.promise))
    const large = () => enqueue(deliveryOf('x'.repeat(1_048_576)))
    const waiting = Array.from({ length: 64 }, large)
    await expect(large()).rejects.toMatchObject({ code: 'queue_full' })

    taken.resolve()
    await Promise.all(waiting)
    await large()
  })
})
