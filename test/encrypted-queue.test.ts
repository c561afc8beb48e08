import { randomBytes } from 'node:crypto'
import { mkdtempDisposable } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { JOB_OPTIONS, QUEUE } from '@rollcall/queue/names'
import { createRedis } from '@rollcall/queue/redis-client'
import { shardPrefix } from '@rollcall/queue/shards'
import { startTestReceiver } from '@rollcall/receiver/test-receiver'
import { captureLog } from '@rollcall/testkit/captured-log'
import { userBody } from '@rollcall/testkit/deliveries'
import { BACKENDS } from '@rollcall/testkit/queue'
import { newSecret, post, signedRequest } from '@rollcall/testkit/svix'
import { until } from '@rollcall/testkit/wait'
import { createBench, ledgerOf, type TestBench } from '@rollcall/worker/test-worker'
import { sql } from 'kysely'
import { describe, expect, test } from 'vitest'
import { rollcall } from './rollcall.ts'

const newKey = () => randomBytes(32).toString('base64')

/** What nobody who reads the queue may learn. */
const NAME = 'kR4bn0tToBeSeen'

const T0 = 1_764_000_000_000
const created = (id: string) =>
  userBody({ type: 'user.created', id, occurredAt: T0, updatedAt: T0, fields: { first_name: NAME } })

/** Has a receiver put users' events on the queue. */
async function receive(bench: TestBench, variables: Readonly<Record<string, string>>, ids: readonly string[]) {
  const secret = newSecret()
  const given = { ...bench.variables, ...variables, CLERK_WEBHOOK_SIGNING_SECRET: secret }
  await using receiver = await startTestReceiver(given, captureLog().log)
  for (const id of ids) {
    const request = signedRequest({ secret, messageId: `msg_${id}`, body: JSON.stringify(created(id)) })
    expect((await post(receiver.webhookUrl, request)).status).toBe(200)
  }
}

async function namesOf({ mirror: { db } }: TestBench): Promise<Readonly<Record<string, string>>> {
  const { rows } = await sql<{
    id: string
    first_name: string
  }>`select id, first_name from clerk.users order by id`.execute(db)
  return Object.fromEntries(rows.map(({ id, first_name }) => [id, first_name]))
}

describe.each(BACKENDS)('on %s', (backend) => {
  test('[Q42] what lies on the queue is encrypted, and applied, also while keys are changed', async () => {
    await using bench = await createBench(backend)
    const [old, key] = [newKey(), newKey()]
    await receive(bench, {}, ['user_plain'])
    await receive(bench, { QUEUE_COMPRESSION: 'off', QUEUE_ENCRYPTION_KEY: old }, ['user_old'])
    await receive(bench, { QUEUE_ENCRYPTION_KEY: `${key}, ${old}` }, ['user_new'])

    const jobs = await bench.queue.jobs()
    expect(jobs).toHaveLength(3)
    for (const { id, queued } of jobs.filter(({ queued }) => queued.sealedWith !== undefined)) {
      const lies = JSON.stringify(queued) + Buffer.from(queued.body, 'base64').toString('latin1')
      for (const part of [NAME, 'first_name', old, key]) expect(lies, id).not.toContain(part)
    }
    expect(new Set(jobs.map(({ queued }) => queued.sealedWith))).toHaveLength(3)

    await using _worker = await bench.startWorker(captureLog().log, { QUEUE_ENCRYPTION_KEY: `${old}, ${key}` })
    const ledger = await ledgerOf(bench.mirror, 3)
    expect(ledger.map(({ outcome }) => outcome)).toEqual(['applied', 'applied', 'applied'])
    expect(await namesOf(bench)).toEqual({ user_plain: NAME, user_old: NAME, user_new: NAME })
  })

  test('[Q44] a worker without the key spends an attempt and loses nothing: one that has it applies the event', async () => {
    await using bench = await createBench(backend)
    const key = newKey()
    await receive(bench, { QUEUE_ENCRYPTION_KEY: key }, ['user_1'])

    const { log, text, lines } = captureLog()
    {
      await using _keyless = await bench.startWorker(log)
      const isPostponed = async () => (await bench.queue.jobs()).some(({ attemptsMade }) => attemptsMade > 0)
      await until(isPostponed, { timeoutMs: 20_000, what: 'an attempt is spent' })
    }
    expect(lines('event.postponed')[0]).toMatchObject({ messageId: 'msg_user_1', errorCode: 'job_unreadable' })
    expect(text()).not.toContain(key)

    await using _worker = await bench.startWorker(captureLog().log, { QUEUE_ENCRYPTION_KEY: key })
    const [entry] = await ledgerOf(bench.mirror, 1)
    expect(entry!.outcome).toBe('applied')
    expect(entry!.attempts).toBeGreaterThan(1)
    expect(await namesOf(bench)).toEqual({ user_1: NAME })
  })
})

test('[Q44] once its attempts have run out the job lies in the failed set as it was, and can be run again', async () => {
  await using bench = await createBench('redis')
  const QUEUE_ENCRYPTION_KEY = newKey()
  await receive(bench, { QUEUE_ENCRYPTION_KEY }, ['user_1'])
  await spendAllButOne(bench, 'msg_user_1')
  const ledger = (outcome: 'failed' | 'applied') =>
    until(async () => (await ledgerOf(bench.mirror, 1)).find((entry) => entry.outcome === outcome), {
      timeoutMs: 20_000,
      what: `it is ${outcome}`,
    })
  {
    await using _keyless = await bench.startWorker(captureLog().log)
    expect(await ledger('failed')).toMatchObject({
      error: expect.stringMatching(/^job_unreadable: .*QUEUE_ENC/),
      body: null,
    })
    const isFailed = async () => (await bench.queue.jobs()).every(({ state }) => state === 'failed')
    await until(isFailed, { timeoutMs: 20_000, what: 'its job has failed' })
  }

  await using _worker = await bench.startWorker(captureLog().log, { QUEUE_ENCRYPTION_KEY })
  await using folder = await mkdtempDisposable(join(tmpdir(), 'rollcall-test-encrypted-'))
  const again = await rollcall(folder.path, ['failed', 'retry', '--all'], { ...bench.variables, QUEUE_ENCRYPTION_KEY })
  expect(again.code, again.stderr).toBe(0)
  await ledger('applied')
  expect(await namesOf(bench)).toEqual({ user_1: NAME })
})

/** As if all attempts but the last had been made: they take eight and a half minutes. */
async function spendAllButOne({ variables }: TestBench, id: string): Promise<void> {
  const { REDIS_URL, QUEUE_PREFIX } = variables
  const client = createRedis([REDIS_URL!], () => undefined)
  await client.hset(`${shardPrefix(QUEUE_PREFIX!, 0)}:${QUEUE}:${id}`, 'atm', JOB_OPTIONS.attempts - 1)
  client.disconnect()
}
