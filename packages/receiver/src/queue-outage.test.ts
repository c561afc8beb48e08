import { migratePostgresQueue } from '@rollcall/queue/postgres-schema'
import { captureLog } from '@rollcall/testkit/captured-log'
import { startOwnPostgres } from '@rollcall/testkit/own-postgres'
import { startOwnRedis } from '@rollcall/testkit/own-redis'
import type { OwnServer } from '@rollcall/testkit/own-server'
import { type Backend, seeQueue } from '@rollcall/testkit/queue'
import { newSecret, post, signedRequest } from '@rollcall/testkit/svix'
import { until } from '@rollcall/testkit/wait'
import { describe, expect, test } from 'vitest'
import { startTestReceiver, type TestReceiver } from './test-receiver.ts'

const SECRET = newSecret()

/** The deadline of 5 s, and what a busy machine takes. */
const ANSWER_MS = 8_000
const RECOVERY_MS = 15_000

/** As long as Svix waits for an answer. */
const SENDER_PATIENCE_MS = 15_000

/** Far below the 25 s after which a process is ended. */
const STOP_MS = 6_000

const backends: Record<Backend, () => Promise<{ server: OwnServer; variables: Record<string, string> }>> = {
  async redis() {
    const server = await startOwnRedis()
    return { server, variables: { REDIS_URL: server.url } }
  },
  async postgres() {
    const server = await startOwnPostgres()
    await migratePostgresQueue({ databaseUrl: server.url, schema: 'clerk', poolSize: 1 })
    return { server, variables: { DATABASE_URL: server.url } }
  },
}

const startReceiverOn = (variables: Record<string, string>) =>
  startTestReceiver({ CLERK_WEBHOOK_SIGNING_SECRET: SECRET, ...variables }, captureLog().log)

const send = (receiver: TestReceiver, messageId: string) =>
  post(receiver.webhookUrl, signedRequest({ secret: SECRET, body: '{"type":"user.created"}', messageId }))

async function expectDeferred(receiver: TestReceiver, withinMs = ANSWER_MS): Promise<void> {
  const sentAt = performance.now()
  const [webhook, ready] = await Promise.all([send(receiver, 'msg_meanwhile'), fetch(receiver.readyUrl)])

  expect(performance.now() - sentAt).toBeLessThan(withinMs)
  expect(webhook.status).toBe(503)
  expect(webhook.headers.get('retry-after')).toBe('5')
  expect(await webhook.json()).toMatchObject({ error: 'queue_unavailable' })
  expect(ready.status).toBe(503)
  expect(await ready.json()).toMatchObject({ ready: false, checks: { queue: { status: 'failed' } } })
}

async function expectRecovery(receiver: TestReceiver): Promise<void> {
  const isTaken = async () => (await send(receiver, 'msg_after')).status === 200
  await until(isTaken, { timeoutMs: RECOVERY_MS, what: 'the receiver takes events again' })
  const isReady = async () => (await fetch(receiver.readyUrl)).ok
  await until(isReady, { timeoutMs: RECOVERY_MS, what: 'it is ready again' })
}

describe.concurrent.each(Object.entries(backends))('a receiver whose queue in %s', (_, startBackend) => {
  test('[R3] [Q1] is killed answers 503, recovers by itself, and has lost nothing that it acknowledged', async () => {
    const { server, variables } = await startBackend()
    await using _ending = server
    await using receiver = await startReceiverOn(variables)
    const acknowledged = ['msg_1', 'msg_2', 'msg_3']
    for (const messageId of acknowledged) expect((await send(receiver, messageId)).status).toBe(200)

    await server.kill()
    await expectDeferred(receiver)
    await server.start()
    await expectRecovery(receiver)

    const ids = (await seeQueue(variables).jobs()).map((job) => job.id)
    expect(ids).toEqual(expect.arrayContaining([...acknowledged, 'msg_after']))
    expect(new Set(ids).size).toBe(ids.length)
  })

  test('[R3] was never there starts, answers 503, and recovers by itself', async () => {
    const { server, variables } = await startBackend()
    await using _ending = server
    await server.stop()
    await using receiver = await startReceiverOn(variables)

    await expectDeferred(receiver)
    await server.start()
    await expectRecovery(receiver)
  })

  test('[S1] is away can be stopped all the same, whether it was ever reached or not', async () => {
    const { server, variables } = await startBackend()
    await using _ending = server
    const reached = await startReceiverOn(variables)
    await send(reached, 'msg_1')
    await server.stop()
    const unreached = await startReceiverOn(variables)
    await Promise.all([expectDeferred(reached), expectDeferred(unreached)])

    const stoppedAt = performance.now()
    await Promise.all([reached, unreached].map((receiver) => receiver[Symbol.asyncDispose]()))
    expect(performance.now() - stoppedAt).toBeLessThan(STOP_MS)
  })

  // By itself, or the others would wait for its 500 answers as well.
  test('[R3] [Q3] is frozen answers 503 to however many, and recovers by itself', { concurrent: false }, async () => {
    const { server, variables } = await startBackend()
    await using _ending = server
    await using receiver = await startReceiverOn(variables)
    await send(receiver, 'msg_1')

    await server.freeze()
    const burst = Promise.all(Array.from({ length: 500 }, (_, i) => send(receiver, `msg_burst_${i}`)))
    // How long it takes to answer so many at once is the machine's.
    await expectDeferred(receiver, SENDER_PATIENCE_MS)
    expect(new Set((await burst).map((response) => response.status))).toEqual(new Set([503]))
    await server.thaw()
    await expectRecovery(receiver)
  })
})
