import { Agent, request } from 'node:http'
import { deliveryOf, userBody } from '@rollcall/testkit/deliveries'
import { BACKENDS, createQueue } from '@rollcall/testkit/queue'
import { newSecret, signedRequest } from '@rollcall/testkit/svix'
import { until } from '@rollcall/testkit/wait'
import { createBench } from '@rollcall/worker/test-worker'
import { sql } from 'kysely'
import { describe, expect, test } from 'vitest'
import { startProcess } from './process.ts'
import { takeTime } from './take-time.ts'

const SENDERS = 16

/** So many requests have been answered before it is told to stop: it is in the midst of it. */
const UNDER_WAY = 300

describe('a receiver that is told to stop under load', () => {
  test('[S1] has on its queue whatever it answered 2xx, answers nothing else, and exits 0', async () => {
    await using queue = await createQueue('redis')
    await using load = await startLoad(queue.variables)
    expect(await load.receiver.end('SIGTERM')).toBe(0)
    const { answered, statuses } = await load.over()

    const queued = new Set((await queue.jobs()).map(({ id }) => id))
    expect(answered.filter((messageId) => !queued.has(messageId))).toEqual([])
    expect(statuses).toEqual(new Set([200]))
    expect(load.receiver.stderr).toBe('')
  })

  test('[S2] says at once that it is not ready, and while it drains refuses nothing and ends keep-alive', async () => {
    await using queue = await createQueue('redis')
    await using load = await startLoad({ ...queue.variables, SHUTDOWN_DRAIN_MS: '8000' })
    const ended = load.receiver.end('SIGTERM')
    await until(async () => (await fetch(load.readyUrl)).status === 503, { timeoutMs: 10_000, what: 'it is not ready' })
    // A balancer that has seen that sends no more.
    const { answered, statuses, broken, lastConnections } = await load.over()

    expect(await ended).toBe(0)
    expect({ statuses, broken }).toEqual({ statuses: new Set([200]), broken: [] })
    expect(lastConnections).toEqual(Array.from({ length: SENDERS }, () => 'close'))
    expect(await queue.jobs()).toHaveLength(answered.length)
  })
})

describe.each(BACKENDS)('a worker that is told to stop under load, with its queue in %s', (backend) => {
  test('[S1] settles what it holds or gives it back, with no job lost, locked or tried, and exits 0', async () => {
    await using bench = await createBench(backend)
    const ids = Array.from({ length: 3_000 }, (_, i) => `user_${i}`)
    await bench.add(ids.map((id) => deliveryOf(userBody({ type: 'user.created', id, occurredAt: 1_764_000_000_000 }))))
    const settled = async () => {
      const { count } = await bench.mirror.db
        .selectFrom('webhook_events')
        .select((events) => events.fn.countAll<string>().as('count'))
        .executeTakeFirstOrThrow()
      return Number(count)
    }

    await sql.raw(takeTime(0.2)).execute(bench.mirror.db)
    await using worker = startProcess('worker', { ...bench.variables, BATCH_SIZE: '50', BATCHES_IN_FLIGHT: '2' })
    await until(async () => (await settled()) > 0, { timeoutMs: 60_000, what: 'it is in the midst of it' })
    expect(await worker.end('SIGTERM')).toBe(0)

    const left = await bench.queue.jobs()
    expect((await settled()) + left.length).toBe(ids.length)
    expect(left.length).toBeGreaterThan(0)
    expect(new Set(left.map(({ state, attemptsMade }) => `${state} ${attemptsMade}`))).toEqual(new Set(['waiting 0']))
    expect(worker.stderr).toBe('')
  })
})

/** A receiver, and senders who send one request after the other, each on a connection that it keeps. */
async function startLoad(variables: Readonly<Record<string, string>>) {
  const secret = newSecret()
  const receiver = startProcess('receiver', { ...variables, CLERK_WEBHOOK_SIGNING_SECRET: secret, PORT: '0' })
  const { port, opsPort } = await receiver.untilLogged('receiver.started')

  const answered: string[] = []
  const statuses = new Set<number>()
  const broken: string[] = []
  let isOver = false
  const send = async (sender: number): Promise<string | undefined> => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    let connection: string | undefined
    for (let i = 0, isLast = false; !isLast; i++) {
      isLast = isOver // its last request begins after that, so that its answer tells what became of the connection
      const messageId = `msg_${sender}_${i}`
      try {
        const answer = await post(
          Number(port),
          agent,
          signedRequest({ secret, messageId, body: '{"type":"user.created"}' }),
        )
        statuses.add(answer.status)
        connection = answer.connection
        if (answer.status === 200) answered.push(messageId)
      } catch (error) {
        broken.push(String(error))
        break
      }
    }
    agent.destroy()
    return connection
  }
  const senders = Promise.all(Array.from({ length: SENDERS }, (_, sender) => send(sender)))
  await until(() => answered.length >= UNDER_WAY, { timeoutMs: 30_000, what: 'it is under load' })

  return {
    receiver,
    readyUrl: `http://127.0.0.1:${opsPort}/readyz`,
    /** Ends the load and answers what it came to. */
    async over() {
      isOver = true
      return { lastConnections: await senders, answered, statuses, broken }
    },
    [Symbol.asyncDispose]: () => receiver[Symbol.asyncDispose](),
  }
}

/** As Svix's client does, but that the answer tells what becomes of the connection. */
function post(port: number, agent: Agent, { headers, body }: ReturnType<typeof signedRequest>) {
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number; connection: string | undefined }>()
  const options = { port, host: '127.0.0.1', path: '/api/webhooks', method: 'POST', headers, agent }
  const sent = request(options, (response) => {
    response.resume()
    response.on('error', reject)
    response.on('end', () => resolve({ status: response.statusCode!, connection: response.headers.connection }))
  })
  sent.on('error', reject)
  sent.end(body)
  return promise
}
