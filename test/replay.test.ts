import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CommandError, UsageError } from '@rollcall/cli/command'
import { failed } from '@rollcall/cli/commands/failed'
import { replay } from '@rollcall/cli/commands/replay'
import { status } from '@rollcall/cli/commands/status'
import { findCommand } from '@rollcall/cli/find-command'
import { createRedis } from '@rollcall/queue/redis-client'
import { shardPrefix } from '@rollcall/queue/shards'
import { captureLog } from '@rollcall/testkit/captured-log'
import { userBody } from '@rollcall/testkit/deliveries'
import { createDatabase } from '@rollcall/testkit/postgres'
import { BACKENDS, type Backend, createQueue } from '@rollcall/testkit/queue'
import { until } from '@rollcall/testkit/wait'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Pipeline, sendAll, startPipeline } from './pipeline.ts'
import { type Ran, runHere } from './run-here.ts'

const COMMANDS = { failed, replay, status }

const T0 = 1_764_000_000_000

/** A running pipeline that keeps every body, and the command line beside it. */
interface Bench {
  readonly pipeline: Pipeline
  readonly variables: Readonly<Record<string, string>>
  run(...words: string[]): Promise<Ran>
  counts(): Promise<Readonly<Record<string, number>>>
}

let opened: AsyncDisposableStack
beforeEach(() => {
  opened = new AsyncDisposableStack()
})
afterEach(() => opened.disposeAsync())

async function openBench(backend: Backend = 'redis'): Promise<Bench> {
  const folder = await mkdtemp(join(tmpdir(), 'rollcall-test-replay-'))
  opened.defer(() => rm(folder, { recursive: true }))
  const database = opened.use(await createDatabase({ session: backend === 'postgres' }))
  const variables: Record<string, string> = { DATABASE_URL: database.url, EVENT_BODIES: 'all' }
  if (backend === 'redis') Object.assign(variables, opened.use(await createQueue('redis')).variables)
  const pipeline = opened.use(await startPipeline(variables, captureLog().log))
  await pipeline.query("alter table clerk.users add constraint poison check (first_name <> 'Poison')")
  return {
    pipeline,
    variables,
    async run(...words) {
      const { command, rest } = findCommand(COMMANDS, words)
      try {
        return await runHere(command, folder, rest, variables)
      } catch (error) {
        if (error instanceof UsageError) return { code: 2, stdout: '', stderr: `${error.message}\n` }
        if (error instanceof CommandError) return { code: 1, stdout: '', stderr: `${error.message}\n` }
        throw error
      }
    },
    async counts() {
      const rows = await pipeline.query<{ outcome: string; count: number }>(
        'select outcome, count(*)::integer as count from clerk.webhook_events where discarded_at is null group by 1',
      )
      return Object.fromEntries(rows.map(({ outcome, count }) => [outcome, count]))
    },
  }
}

const user = (n: number, firstName: string, type: 'user.created' | 'user.updated' = 'user.created') => ({
  messageId: `msg_${firstName}_${n}`,
  body: userBody({
    type,
    id: `user_${firstName}_${n}`,
    occurredAt: T0 + n,
    updatedAt: T0 + n,
    fields: { first_name: firstName },
  }),
})

/** So many events that are applied, and so many that fail until Postgres takes them. */
async function send({ pipeline }: Bench, good: number, poison: number): Promise<void> {
  const messages = [
    ...Array.from({ length: good }, (_, n) => user(n, 'Ada')),
    ...Array.from({ length: poison }, (_, n) => user(n, 'Poison')),
  ]
  await sendAll(pipeline, messages, 20)
  await pipeline.untilSettled(messages.length, 60_000)
}

const mend = ({ pipeline }: Bench) => pipeline.query('alter table clerk.users drop constraint poison')
const untilCounts = (bench: Bench, counts: Readonly<Record<string, number>>) =>
  until(async () => JSON.stringify(await bench.counts()) === JSON.stringify(counts), {
    timeoutMs: 60_000,
    what: `the ledger has ${JSON.stringify(counts)}`,
  })
const untilIdle = async (bench: Bench) =>
  until(async () => /\nwaiting +0\nactive +0\ndelayed +0\n/.test((await bench.run('status')).stdout), {
    timeoutMs: 30_000,
    what: 'the queue is empty',
  })

test.each(BACKENDS)(
  '[Y1] [Y4] with the queue on %s all that failed alike is run again by one command',
  async (backend) => {
    const bench = await openBench(backend)
    await send(bench, 10, 120)
    expect(await bench.counts()).toEqual({ applied: 10, failed: 120 })

    const dry = await bench.run('replay', '--error', 'row_rejected', '--dry-run', '--json')
    expect(JSON.parse(dry.stdout)).toEqual({
      dryRun: true,
      selected: 120,
      events: 120,
      handlers: 0,
      unplayable: {},
      isStopped: false,
    })
    await untilIdle(bench)
    expect(await bench.counts()).toEqual({ applied: 10, failed: 120 })

    await mend(bench)
    const { code, stdout, stderr } = await bench.run('failed', 'retry', '--all')
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: expect.stringMatching(/^OF THOSE THAT WERE CHOSEN +120\nevents put on the queue +120\n/),
    })
    expect(stderr).toContain('replayed: 120 of 120 (100 %)')
    await untilCounts(bench, { applied: 130 })
    expect(await bench.pipeline.query('select actor, action, selection, result from clerk.audit_log')).toEqual([
      {
        actor: expect.stringMatching(/^command: .+@.+/),
        action: 'replay',
        selection: { failed: true },
        result: { selected: 120, events: 120, handlers: 0, unplayable: {} },
      },
    ])
  },
)

test('[Y1] after the queue was lost, what failed is run again from the ledger', async () => {
  const bench = await openBench()
  await send(bench, 0, 5)
  const { REDIS_URL, QUEUE_PREFIX } = bench.variables
  const client = createRedis([REDIS_URL!], () => undefined)
  await client.del(...(await client.keys(`${shardPrefix(QUEUE_PREFIX!, 0)}:*`)))
  client.disconnect()

  await mend(bench)
  expect(await bench.run('replay', '--outcome', 'failed', '--type', 'user.created')).toMatchObject({ code: 0 })
  await untilCounts(bench, { applied: 5 })
})

test('[Y1] where the ledger keeps a body no more, a failed event runs again with what its job holds', async () => {
  const bench = await openBench()
  await send(bench, 0, 2)
  await untilIdle(bench)
  await bench.pipeline.query('update clerk.webhook_events set body = null')
  await mend(bench)
  const dry = await bench.run('failed', 'retry', '--all', '--dry-run', '--json')
  expect(JSON.parse(dry.stdout)).toMatchObject({ selected: 2, events: 2, unplayable: {} })
  expect(await bench.run('failed', 'retry', '--all')).toMatchObject({ code: 0 })
  await untilCounts(bench, { applied: 2 })
})

test('[Y2] a replay of everything changes nothing but what had failed', async () => {
  const bench = await openBench()
  await send(bench, 20, 3)
  await bench.pipeline.send(user(30, 'Ada', 'user.updated').body, 'msg_newer')
  await bench.pipeline.untilSettled(24, 20_000)
  const rows = () =>
    bench.pipeline.query(
      "select to_jsonb(u) as row from clerk.users u union all select to_jsonb(e) from clerk.webhook_events e where outcome <> 'failed' order by 1",
    )
  const before = await rows()

  const replayed = await bench.run('replay', '--from', '1h', '--json')
  expect(JSON.parse(replayed.stdout)).toMatchObject({ selected: 24, events: 24 })
  const attempts = () =>
    bench.pipeline.query<{ attempts: number }>("select attempts from clerk.webhook_events where outcome = 'failed'")
  await until(async () => (await attempts()).every((row) => row.attempts === 2), {
    timeoutMs: 30_000,
    what: 'what had failed was tried again',
  })
  await untilIdle(bench)
  expect(await rows()).toEqual(before)
})

test('[Y5] a rate holds a replay back', async () => {
  const bench = await openBench()
  await send(bench, 30, 0)
  const startedAt = performance.now()
  expect(await bench.run('replay', '--type', 'user.created', '--rate', '50')).toMatchObject({ code: 0 })
  // Thirty at fifty a second: the last wait is over after 0.6 s, and timers may be a millisecond early.
  expect(performance.now() - startedAt).toBeGreaterThan(590)
})

test('[Y3] what is discarded is listed no more, its body and its job are gone, and a resend runs again', async () => {
  const bench = await openBench()
  await send(bench, 1, 3)
  expect(await bench.run('failed', 'discard', '--all')).toMatchObject({
    code: 0,
    stdout: '3 failures would be discarded. Nothing was done; --yes does it.\n',
  })
  expect((await bench.run('failed', '--json')).stdout.trim().split('\n').length).toBe(3)

  expect(await bench.run('failed', 'discard', 'msg_Poison_0', 'msg_Poison_1', 'msg_Ada_0', '--yes')).toMatchObject({
    code: 0,
    stdout: '2 failures discarded.\n',
  })
  expect((await bench.run('failed', '--json')).stdout).toMatch(/^\{.*"msg_Poison_2".*\}\n$/)
  expect((await bench.run('status')).stdout).toMatch(/\nfailed +1\n/)
  expect(
    await bench.pipeline.query(
      "select id from clerk.webhook_events where body is null and outcome = 'failed' order by 1",
    ),
  ).toEqual([{ id: 'msg_Poison_0' }, { id: 'msg_Poison_1' }])
  expect(await bench.run('failed', 'retry', 'msg_Poison_0')).toMatchObject({ code: 1 })

  await mend(bench)
  await bench.pipeline.send(user(0, 'Poison').body, 'msg_Poison_0')
  await untilCounts(bench, { applied: 2, failed: 1 })
})

test('[Y1] all of a message is shown, its body only if it is asked for', async () => {
  const bench = await openBench()
  await send(bench, 0, 1)
  const shown = await bench.run('failed', 'show', 'msg_Poison_0')
  expect(shown.stdout).toMatch(/^message +msg_Poison_0\ntype +user\.created\n/)
  expect(shown.stdout).toMatch(/\nerror +row_rejected: .*"poison"/)
  expect(shown.stdout).not.toContain('Poison"')
  expect((await bench.run('failed', 'show', 'msg_Poison_0', '--body')).stdout).toContain('"first_name": "Poison"')
  expect(await bench.run('failed', 'show', 'msg_none')).toMatchObject({
    code: 1,
    stderr: 'The ledger has no message msg_none. `pnpm rollcall events` lists what it has.\n',
  })
})

test('[C4] a replay of nothing in particular is not guessed at', async () => {
  const bench = await openBench()
  expect(await bench.run('replay')).toMatchObject({ code: 2, stderr: expect.stringMatching('^Say what to replay') })
  expect(await bench.run('replay', '--from', 'yesterday')).toMatchObject({ code: 2 })
  expect(await bench.run('replay', '--from', '1h', '--to', '2h')).toMatchObject({ code: 2 })
  expect(await bench.run('replay', '--type', 'user.none')).toMatchObject({
    code: 0,
    stdout: 'There are no such events.\n',
  })
})
