import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { locateQueue, openQueue } from '@rollcall/queue/open-queue'
import { captureLog } from '@rollcall/testkit/captured-log'
import { userBody } from '@rollcall/testkit/deliveries'
import { createDatabase } from '@rollcall/testkit/postgres'
import { BACKENDS, type Backend, createQueue } from '@rollcall/testkit/queue'
import { settingsOf } from '@rollcall/testkit/settings'
import { until } from '@rollcall/testkit/wait'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Pipeline, startPipeline } from './pipeline.ts'
import { type Finished, rollcall, startRollcall } from './rollcall.ts'

/** A running pipeline whose handler of `user.created` throws until it is mended, and the command line beside it. */
interface Bench {
  readonly pipeline: Pipeline
  readonly variables: Readonly<Record<string, string>>
  /** Whether the handler works. */
  isMended: boolean
  run(...words: string[]): Promise<Finished>
  row(id: string): Promise<LedgerRow>
}

interface LedgerRow {
  readonly outcome: string
  readonly attempts: number
  readonly error: string | null
  readonly body: unknown
  readonly handling: string | null
  readonly handler_attempts: number
}

const T0 = 1_764_000_000_000
const created = (id: string, first_name = 'Ada') =>
  userBody({ type: 'user.created', id, occurredAt: T0, updatedAt: T0, fields: { first_name } })
const deleted = (id: string) => userBody({ type: 'user.deleted', id, occurredAt: T0 + 1_000 })

let opened: AsyncDisposableStack
beforeEach(() => {
  opened = new AsyncDisposableStack()
})
afterEach(() => opened.disposeAsync())

async function openBench(backend: Backend = 'redis'): Promise<Bench> {
  const folder = await mkdtemp(join(tmpdir(), 'rollcall-test-failed-'))
  opened.defer(() => rm(folder, { recursive: true }))
  const database = opened.use(await createDatabase({ session: backend === 'postgres' }))
  const variables: Record<string, string> = { DATABASE_URL: database.url }
  if (backend === 'redis') Object.assign(variables, opened.use(await createQueue('redis')).variables)
  const handlers = {
    'user.created': () => {
      if (!bench.isMended) throw new TypeError('no mail server\nat all')
    },
  }
  const pipeline = opened.use(await startPipeline(variables, captureLog().log, settingsOf({ handlers })))
  const bench: Bench = {
    pipeline,
    variables,
    isMended: false,
    run: (...words) => rollcall(folder, words, variables),
    row: async (id) =>
      (await pipeline.query<LedgerRow & { id: string }>('select * from clerk.webhook_events')).find(
        (row) => row.id === id,
      )!,
  }
  return bench
}

const untilRow = (bench: Bench, id: string, what: Partial<LedgerRow>) =>
  until(
    async () => {
      const row = await bench.row(id)
      return Object.entries(what).every(([name, value]) => row[name as keyof LedgerRow] === value) && row
    },
    { timeoutMs: 20_000, what: `${id} is ${JSON.stringify(what)}` },
  )

/** Postgres refuses the name until it is mended: the event is at fault, so it fails at its first attempt. */
async function sendPoison(bench: Bench, messageId: string, userId: string): Promise<void> {
  await bench.pipeline.query("alter table clerk.users add constraint poison check (first_name <> 'Poison')")
  await bench.pipeline.send(created(userId, 'Poison'), messageId)
  await untilRow(bench, messageId, { outcome: 'failed' })
}
const mendPoison = (bench: Bench) => bench.pipeline.query('alter table clerk.users drop constraint poison')

/** Sends an event and lets its handler's attempts run out, without the minutes of pauses between them. */
async function sendUnhandled(bench: Bench, messageId: string, userId: string): Promise<void> {
  await bench.pipeline.send(created(userId), messageId)
  const isFailed = async () => {
    await bench.pipeline.query(`
      update clerk.webhook_events set handler_attempts = 9, handle_at = now()
      where id = '${messageId}' and handling = 'waiting' and handler_attempts between 1 and 8`)
    return (await bench.row(messageId))?.handling === 'failed'
  }
  await until(isFailed, { timeoutMs: 20_000, what: `the handler of ${messageId} has failed` })
}

const jsonLines = ({ stdout }: Finished): unknown[] =>
  stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line))

test.each(BACKENDS)(
  '[D2] with the queue on %s a failed event that was mended is retried, and applied',
  async (backend) => {
    const bench = await openBench(backend)
    await sendPoison(bench, 'msg_1', 'user_1')
    expect(jsonLines(await bench.run('failed', '--json'))).toEqual([
      {
        what: 'event',
        id: 'msg_1',
        type: 'user.created',
        entity_id: 'user_1',
        occurred_at: new Date(T0).toISOString(),
        applied_at: expect.any(String),
        attempts: 1,
        error: expect.stringMatching(/^row_rejected: .*"poison"/),
      },
    ])

    await mendPoison(bench)
    bench.isMended = true
    expect(await bench.run('failed', 'retry', 'msg_1')).toEqual({
      code: 0,
      stdout: 'msg_1: its event is on the queue again.\n',
      stderr: '',
    })
    await untilRow(bench, 'msg_1', { outcome: 'applied', attempts: 2, error: null, handling: 'handled' })
    expect(await bench.pipeline.query('select id, first_name from clerk.users')).toEqual([
      { id: 'user_1', first_name: 'Poison' },
    ])
    expect(await bench.run('failed')).toEqual({ code: 0, stdout: 'Nothing has failed.\n', stderr: '' })
  },
)

test('[D2] a failed event whose job is gone from the queue is put there anew, as the ledger has it', async () => {
  const bench = await openBench()
  bench.isMended = true
  await sendPoison(bench, 'msg_1', 'user_1')
  await bench.pipeline.send('no JSON "at all"', 'msg_2')
  const before = await untilRow(bench, 'msg_2', { outcome: 'failed' })
  const receivedAt = () => bench.pipeline.query("select received_at from clerk.webhook_events where id = 'msg_1'")
  const receivedFirst = await receivedAt()
  const { REDIS_URL, QUEUE_PREFIX } = bench.variables
  const location = locateQueue({
    REDIS_URL: [REDIS_URL!],
    QUEUE_PREFIX: QUEUE_PREFIX!,
    DATABASE_SCHEMA: 'clerk',
    DATABASE_POOL_SIZE: 1,
  })
  const queue = openQueue(location, () => undefined)
  await until(async () => (await queue.counts()).failed === 2, { timeoutMs: 20_000, what: 'both jobs have failed' })
  await queue.removeFailed(['msg_1', 'msg_2'])
  await queue.close()

  await mendPoison(bench)
  const { code, stdout } = await bench.run('failed', 'retry', 'msg_1', 'msg_2', 'msg_1')
  expect({ code, lines: stdout.trim().split('\n').length }).toEqual({ code: 0, lines: 2 })
  await untilRow(bench, 'msg_1', { outcome: 'applied', attempts: 2 })
  expect(await receivedAt()).toEqual(receivedFirst)
  // What was no JSON fails for the same reason as before, and is kept as it was.
  expect(await untilRow(bench, 'msg_2', { attempts: 2 })).toMatchObject({
    outcome: 'failed',
    error: before.error,
    body: 'no JSON "at all"',
  })
})

test('[H3] a failed handler is listed and counted, and runs again when it is retried', async () => {
  const bench = await openBench()
  await sendUnhandled(bench, 'msg_1', 'user_1')
  await sendPoison(bench, 'msg_2', 'user_2')

  const { stdout: table } = await bench.run('failed')
  expect(table.split('\n').slice(0, 3)).toEqual([
    expect.stringMatching(/^WHEN +WHAT +TYPE +ENTITY +MESSAGE +ATTEMPTS +ERROR$/),
    expect.stringMatching(/^\S+Z +event +user\.created +user_2 +msg_2 +1 +row_rejected: /),
    expect.stringMatching(/^\S+Z +handler +user\.created +user_1 +msg_1 +10 +TypeError: no mail server at all$/),
  ])
  expect(jsonLines(await bench.run('failed', 'list', '--limit', '1', '--json'))).toMatchObject([{ id: 'msg_2' }])

  const events = await bench.run('events', '--handler', 'failed')
  expect(events.stdout).toMatch(/\n\S+ +applied +failed +user\.created +user_1 +msg_1 +1 +TypeError: no mail .*\n$/)
  expect(jsonLines(await bench.run('events', '--json'))).toMatchObject([
    { id: 'msg_2', handling: null, handler_attempts: 0, handler_error: null },
    { id: 'msg_1', handling: 'failed', handler_attempts: 10, handler_error: expect.stringMatching('^TypeError: ') },
  ])
  expect((await bench.run('status')).stdout).toMatch(/\nHANDLER +EVENTS\nwaiting +0\nhandled +0\nfailed +1\n/)

  bench.isMended = true
  expect(await bench.run('failed', 'retry', 'msg_1')).toEqual({
    code: 0,
    stdout: 'msg_1: its handler is due again.\n',
    stderr: '',
  })
  await untilRow(bench, 'msg_1', { handling: 'handled', outcome: 'applied', attempts: 1 })
  const { handlers } = JSON.parse((await bench.run('status', '--json')).stdout)
  expect(handlers).toEqual({ waiting: 0, handled: 1, failed: 0 })
})

test('[C4] what cannot be retried is said with the reason, what can is retried, and the exit code is 1', async () => {
  const bench = await openBench()
  await sendPoison(bench, 'msg_event', 'user_1')
  await sendUnhandled(bench, 'msg_handler', 'user_2')
  await bench.pipeline.send('garbage', 'msg_garbage')
  await bench.pipeline.send(deleted('user_1'), 'msg_deleted_1')
  await bench.pipeline.send(deleted('user_2'), 'msg_deleted_2')
  await bench.pipeline.untilSettled(5, 20_000)

  const retried = await bench.run(
    ...['failed', 'retry', '--json', 'msg_event', 'msg_handler', 'msg_none', 'msg_deleted_1', 'msg_garbage'],
  )
  expect(jsonLines(retried)).toEqual([
    { id: 'msg_event', replayed: null, because: 'body_gone', message: expect.stringMatching('Its body is gone: ') },
    { id: 'msg_handler', replayed: null, because: 'body_gone', message: expect.stringMatching('nothing to run with') },
    { id: 'msg_none', replayed: null, because: 'unknown', message: expect.stringMatching('The ledger has no such') },
    { id: 'msg_deleted_1', replayed: null, because: 'body_not_kept', message: expect.stringMatching('It was settled') },
    { id: 'msg_garbage', replayed: 'event', because: null, message: 'its event is on the queue again.' },
  ])
  expect(retried).toMatchObject({ code: 1, stderr: '' })
  await untilRow(bench, 'msg_garbage', { attempts: 2 })
})

test('[C4] while the queue is away nothing is retried, and that is said', async () => {
  const bench = await openBench()
  await sendPoison(bench, 'msg_event', 'user_1')
  await sendUnhandled(bench, 'msg_handler', 'user_2')
  bench.isMended = true

  Object.assign(bench.variables, { REDIS_URL: 'redis://127.0.0.1:1' })
  const { code, stdout, stderr } = await bench.run('failed', 'retry', 'msg_handler', 'msg_event')
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
  expect(stderr).toMatch(/^The queue does not answer at REDIS_URL\. .*\n {2}connect ECONNREFUSED 127\.0\.0\.1:1\n$/)
  expect(await bench.row('msg_handler')).toMatchObject({ handling: 'failed' })
})

test('[C4] a wrong verb is told from a right one, and exits 2', async () => {
  const run = (...words: string[]) => rollcall(tmpdir(), ['failed', ...words])
  expect(await run('retyr', 'msg_1')).toEqual({
    code: 2,
    stdout: '',
    stderr: 'There is no `failed retyr`. Did you mean `failed retry`? See `pnpm rollcall failed --help`.\n',
  })
  expect(await run('retry')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('Say which: message ids, --all'),
  })
  expect(await run('retry', '--limit', '3', 'msg_1')).toMatchObject({ code: 2 })
  expect(await run('--limit', 'none')).toMatchObject({ code: 2 })
  expect(await run('--help')).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('failed retry [<message-id>…]'),
  })
})

test('[C4] a reader that closes the pipe early is no failure', async () => {
  const command = startRollcall(tmpdir(), ['failed', '--help'])
  command.child.stdout!.destroy()
  expect(await command.finished).toMatchObject({ code: 0, stderr: '' })
})
