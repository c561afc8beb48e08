import { strict as assert } from 'node:assert'
import { runSeed } from '@rollcall/testkit/seed'
import { until } from '@rollcall/testkit/wait'
import { type Container, openComposition } from './composition.ts'
import { type Load, type Sent, startLoad } from './load.ts'

// Under signed events without end, each container of docker-compose.yml crashes once and comes back [I6], then receivers and
// workers are restarted one after the other without a single refusal [I7]; and in the end every row and every event is right.
//   node infra/docker/test-under-load.ts <url> <project> <image>      with CLERK_WEBHOOK_SIGNING_SECRET

const EVENTS_PER_SECOND = 30

/** What may be answered while something is away, and is to be sent again. */
const EXCUSED = new Set([
  '503 queue_unavailable',
  '503 no_receiver',
  '502 receiver_failed',
  '504 receiver_silent',
  'no answer',
])

/** As many events as show that it goes on. */
const SOME_EVENTS = 20

/** Events of a killed worker wait for 30 s until another takes them up (`JOB_LOCK_MS`), and somebody has to notice. */
const SETTLED_WITHIN_MS = 120_000

const [url, project, image] = process.argv.slice(2) as [string, string, string]
const secret = process.env.CLERK_WEBHOOK_SIGNING_SECRET!
const seed = runSeed()
const composition = openComposition(project, image)
const load = startLoad({ url, secret, eventsPerSecond: EVENTS_PER_SECOND, seed })
const startedAt = performance.now()
const say = (text: string) =>
  console.log(`under load, ${Math.round((performance.now() - startedAt) / 1_000)} s: ${text}`)

say(`${EVENTS_PER_SECOND} events a second to ${url} (TEST_SEED=${seed})`)
await untilSome(load, SOME_EVENTS)

for (const receiver of await composition.containersOf('receiver')) {
  await crash(receiver)
  await receiver.untilHealthy()
}
assert.deepEqual(load.refusals, {}, 'something was refused though one receiver was there')
say('no event was refused while one receiver was there')

// None of these waits for the one before to be ready.
const crashed: Container[] = []
for (const service of ['worker', 'redis', 'postgres', 'proxy', 'console']) {
  for (const container of await composition.containersOf(service)) {
    await crash(container)
    crashed.push(container)
  }
}
await Promise.all(crashed.map((container) => container.untilHealthy()))
await untilNothingIsOwed(load)
const refusals = load.refusals
say(`all are healthy again; refused meanwhile, and sent again: ${JSON.stringify(refusals)}`)
assert.deepEqual(
  Object.keys(refusals).filter((refusal) => !EXCUSED.has(refusal)),
  [],
)

for (const service of ['receiver', 'worker']) {
  for (const container of await composition.containersOf(service)) {
    const { exitCode, tookMs } = await container.restart()
    assert.equal(exitCode, 0, `${container.name} ended with exit code ${exitCode} when it was told to stop`)
    await untilSome(load, SOME_EVENTS)
    say(`${container.name} stopped within ${tookMs} ms with exit code 0, and was started again`)
  }
}
assert.deepEqual(load.refusals, refusals, 'a rolling restart refused something')
say('no event was refused while receivers and workers were restarted')

const sent = await load.finish()
await untilSettled(sent)
const mirrored = await readMirror()
assert.deepEqual(mirrored.events, expectedEvents(sent))
assert.deepEqual(mirrored.users, [...sent.users].sort(byId))
say(
  `each of ${sent.messages.length} events is in the ledger, and each of ${sent.users.length} users as its last event left it`,
)

async function crash(container: Container): Promise<void> {
  await container.crash()
  await untilSome(load, SOME_EVENTS)
  say(`${container.name} crashed and was started again; ${load.accepted} events accepted`)
}

function untilSome(of: Load, events: number): Promise<true> {
  const enough = of.accepted + events
  return until(() => of.accepted >= enough, {
    timeoutMs: SETTLED_WITHIN_MS,
    what: `${events} more events are accepted`,
  })
}

function untilNothingIsOwed(of: Load): Promise<true> {
  return until(() => of.owed === 0, { timeoutMs: SETTLED_WITHIN_MS, what: 'what was refused is accepted' })
}

function untilSettled({ messages }: Sent): Promise<true> {
  return until(
    async () => {
      const settled = await composition.query<number>(
        "select count(*) from clerk.webhook_events where id like 'msg_load_%'",
      )
      if (settled >= messages.length) return true
      throw new Error(`${settled} of ${messages.length} are`)
    },
    { timeoutMs: SETTLED_WITHIN_MS, what: 'every accepted event is settled' },
  )
}

interface Mirrored {
  readonly events: readonly { readonly id: string }[]
  readonly users: readonly { readonly id: string }[]
}

async function readMirror(): Promise<Mirrored> {
  const { events, users } = await composition.query<Mirrored>(`
    select json_build_object(
      'events', (
        select json_agg(json_build_object(
          'id', id, 'type', type, 'entity_id', entity_id, 'is_done', outcome in ('applied', 'stale')))
        from clerk.webhook_events where id like 'msg_load_%'),
      'users', (
        select json_agg(json_build_object(
          'id', id, 'first_name', first_name, 'primary_email_address', primary_email_address,
          'public_metadata', public_metadata, 'deleted', deleted_at is not null))
        from clerk.users where id like 'user_load_%'))`)
  return { events: events.toSorted(byId), users: users.toSorted(byId) }
}

function expectedEvents({ messages }: Sent): Mirrored['events'] {
  return messages.map(({ id, event }) => ({ id, type: event.type, entity_id: event.id, is_done: true })).sort(byId)
}

function byId(one: { readonly id: string }, other: { readonly id: string }): number {
  return one.id < other.id ? -1 : one.id > other.id ? 1 : 0
}
