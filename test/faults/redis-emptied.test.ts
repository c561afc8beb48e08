import { tmpdir } from 'node:os'
import { reconcile } from '@rollcall/cli/commands/reconcile'
import { createRedis } from '@rollcall/queue/redis-client'
import { captureLog } from '@rollcall/testkit/captured-log'
import { startBackendApi } from '@rollcall/testkit/clerk/backend-api'
import { createTestMirror } from '@rollcall/testkit/mirror'
import { startOwnRedis } from '@rollcall/testkit/own-redis'
import type { OwnServer } from '@rollcall/testkit/own-server'
import { seeQueue } from '@rollcall/testkit/queue'
import { settingsOf } from '@rollcall/testkit/settings'
import { until } from '@rollcall/testkit/wait'
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { sendAll, startPipeline } from '../pipeline.ts'
import { runHere } from '../run-here.ts'
import { usersThatSignUp } from '../users-that-sign-up.ts'

const USERS = 60

/** So that the worker has some of them in hand, and the others wait. */
const FEW_IN_HAND = { BATCH_SIZE: '10', BATCHES_IN_FLIGHT: '1' }
const MOST_IN_HAND = 20

/** A tenth of them: for fewer it does not ask the queue. */
const FEWEST_TAKEN = 2

/** Of what waited and is lost, so many are sent again. */
const SENT_AGAIN = 5

/** Seldom enough that it does not run here. */
const SETTINGS = settingsOf({ reconcile: { schedule: '0 4 1 1 *' } })

type Client = ReturnType<typeof createRedis>

/** What becomes of a Redis whose events wait. */
const WAYS: Readonly<Record<string, (client: Client, server: OwnServer) => Promise<void>>> = {
  async FLUSHALL(client) {
    await client.flushall()
  },
  async 'a restart with an empty disk'(client, server) {
    await client.flushall() // which the file tells as well that is read at the start
    await server.kill()
    await server.start()
  },
  async 'the jobs of what waits deleted'(client) {
    const ids = await client.lrange(key('wait'), 0, -1)
    await client.del(...ids.map(key))
  },
}

const key = (name: string) => `{rollcall}:webhooks:${name}`

test.concurrent.each(Object.entries(WAYS))(
  '[Q61] %s: receiver and worker go on by themselves, and reconcile finds what is missing',
  async (_way, empty) => {
    await using opened = new AsyncDisposableStack()
    const server = opened.use(await startOwnRedis())
    const client = opened.adopt(
      createRedis([server.url], () => undefined),
      (open) => open.disconnect(),
    )
    const mirror = opened.use(await createTestMirror())
    const queue = seeQueue({ REDIS_URL: server.url })
    const { instance, events } = usersThatSignUp(USERS)
    const clerk = opened.use(await startBackendApi(instance))
    const variables = {
      ...queue.variables,
      DATABASE_URL: mirror.databaseUrl,
      CLERK_SECRET_KEY: clerk.secretKey,
      CLERK_API_URL: clerk.url,
    }
    const pipeline = opened.use(await startPipeline({ ...variables, ...FEW_IN_HAND }, captureLog().log, SETTINGS))
    const messages = events.map(({ body }, i) => ({ body, messageId: `msg_${i}` }))

    const isPlanned = async () => (await client.exists('{rollcall}:reconcile:repeat')) === 1
    await until(isPlanned, { timeoutMs: 30_000, what: 'the next reconcile is planned' })
    const settled = async () =>
      (await pipeline.query<{ id: string }>('select id from clerk.webhook_events')).map(({ id }) => id)

    let inHand: readonly string[] = []
    await mirror.db.transaction().execute(async (transaction) => {
      // Nothing can be written, so that what the worker takes stays in its hands.
      await sql`lock table clerk.users in exclusive mode`.execute(transaction)
      expect(new Set(await sendAll(pipeline, messages, 10))).toEqual(new Set([200]))
      const held = async () => (await client.llen(key('active'))) > MOST_IN_HAND - FEWEST_TAKEN
      await until(held, { timeoutMs: 30_000, what: 'its hands are full' })
      inHand = await client.lrange(key('active'), 0, -1)
      await empty(client, server)
    })

    // What the worker had in hand is settled though its jobs may be gone. What comes is taken, as is what comes again.
    await pipeline.untilSettled(inHand.length, 30_000)
    expect((await settled()).toSorted()).toEqual(inHand.toSorted())
    const isTaken = async () =>
      (await pipeline.send({ type: 'email.created', data: { id: 'ema_1' } }, 'msg_new')) === 200
    await until(isTaken, { timeoutMs: 30_000, what: 'events are taken again' })
    const again = messages.filter(({ messageId }) => !inHand.includes(messageId)).slice(0, SENT_AGAIN)
    expect(await sendAll(pipeline, again, 5)).toEqual(again.map(() => 200))
    await pipeline.untilSettled(inHand.length + 1 + SENT_AGAIN, 30_000)
    await until(async () => (await queue.jobs()).length === 0, { timeoutMs: 30_000, what: 'the queue is empty' })
    expect(await pipeline.workerReadiness()).toMatchObject({ ready: true })
    await until(isPlanned, { timeoutMs: 60_000, what: 'the next reconcile is planned again' })

    const run = async (...words: string[]) =>
      JSON.parse((await runHere(reconcile, tmpdir(), ['--json', ...words], variables)).stdout)
    const lost = USERS - inHand.length - SENT_AGAIN
    expect(await run('--dry-run')).toMatchObject({ outcome: 'drifted', driftedRows: lost, mendedRows: 0 })
    expect(await run()).toMatchObject({ outcome: 'mended', mendedRows: lost })
    expect(await run('--dry-run')).toMatchObject({ outcome: 'agreed' })
    const attempts = await pipeline.query('select distinct outcome, attempts from clerk.webhook_events order by 1')
    expect(attempts).toEqual([
      { outcome: 'applied', attempts: 1 },
      { outcome: 'ignored', attempts: 1 },
    ])
  },
)
