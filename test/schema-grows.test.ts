import { createHash } from 'node:crypto'
import { openMirror } from '@rollcall/mirror/database'
import { migrate } from '@rollcall/mirror/migrate'
import { listMigrations, type Migration } from '@rollcall/mirror/migrations'
import { captureLog } from '@rollcall/testkit/captured-log'
import { everything } from '@rollcall/testkit/catalog'
import { deliveryOf, userBody } from '@rollcall/testkit/deliveries'
import { until } from '@rollcall/testkit/wait'
import { createBench } from '@rollcall/worker/test-worker'
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { breakingStatements } from './breaking-statements.ts'

const migrations = await listMigrations(everything())

test.each(migrations.map(({ id, sql: text }) => [id, text]))(
  '[M7] %s only adds, so that the version before it goes on',
  (_id, text) => expect(breakingStatements(text)).toEqual([]),
)

test.each([
  'alter table users drop column username',
  'alter table users drop username',
  'alter table users rename column username to handle',
  'alter table users add column plan text, rename to people',
  'drop table users',
  'drop view active_users',
  'alter table users add column plan text not null',
  'alter table users alter column username set not null',
  'alter table users alter column locked type text',
  'alter table users alter locked set data type text',
  "alter table webhook_events add check (outcome <> '')",
  'alter table users add constraint one unique (username)',
  'create unique index users_one on users (username)',
  'create or replace view active_users as select id from users',
  'create table a (id text); alter table users drop column username',
  'alter table users add column plan text; create index on webhook_events (id)',
])('[M7] "%s" would break the version before it', (text) => {
  expect(breakingStatements(text)).toHaveLength(1)
  expect(breakingStatements(`-- Contracts: users, which nothing reads since 0.3.0.\n${text}`)).toEqual([])
})

test.each([
  'alter table users add column plan text',
  "alter table users add column plan text not null default 'free'",
  'alter table users add column plan text check (plan is not null or locked)',
  'alter table users alter column username drop not null',
  'create table a (id text primary key); create unique index a_one on a (id); alter table a add check (id is not null)',
  'create index users_plan on users (plan)',
  'drop index users_plan',
  "comment on column users.locked is 'drop table users; rename'",
  '-- alter table users drop column username\ncreate table a (id text not null)',
  'update users set plan = null',
])('[M7] "%s" breaks nothing', (text) => expect(breakingStatements(text)).toEqual([]))

/** What the next version might bring along: one for the ledger, one for the users. */
const NEXT = [
  nextMigration('mirror/9999_next', 'alter table webhook_events add column region text; create table notes (id text)'),
  nextMigration(
    'user/9999_next',
    `alter table users add column plan text, add column seats integer not null default 1;
     create index users_plan_idx on users (plan)`,
  ),
]

const EVENTS = 2_000

test('[M8] an older version goes on applying while a newer one migrates, and it can be started after that', async () => {
  await using bench = await createBench('redis')
  const userEvents = (from: number, count = EVENTS) =>
    Array.from({ length: count }, (_, i) =>
      deliveryOf(userBody({ type: 'user.created', id: `user_${from + i}`, occurredAt: 1_764_000_000_000 })),
    )
  const settled = async () =>
    (await sql<{ count: number }>`select count(*)::integer as count from clerk.webhook_events`.execute(bench.mirror.db))
      .rows[0]!.count
  const untilSettled = (count: number) =>
    until(async () => (await settled()) >= count, { timeoutMs: 60_000, what: `${count} are settled` })
  const migrateAs = async (known: readonly Migration[]) => {
    const mirror = openMirror({ databaseUrl: bench.mirror.urls.migrator, schema: 'clerk', poolSize: 1, onError: raise })
    try {
      return await migrate(mirror, known)
    } finally {
      await mirror.close()
    }
  }

  const captured = captureLog()
  let added = EVENTS
  await bench.add(userEvents(0))
  {
    await using _older = await bench.startWorker(captured.log, { BATCH_SIZE: '50' })
    await untilSettled(1)
    let isOver = false
    const migrating = migrateAs([...migrations, ...NEXT]).finally(() => {
      isOver = true
    })
    // It is at work for as long as the schema changes, however long that takes.
    while (!isOver) {
      await bench.add(userEvents(added, 100))
      added += 100
      await untilSettled(added - EVENTS)
    }
    expect(await migrating).toEqual(NEXT.map(({ id }) => id))
    expect(NEXT.flatMap((each) => breakingStatements(each.sql))).toEqual([])
    await untilSettled(added)
  }

  // A rollback: the older version's `migrate`, its worker.
  expect(await migrateAs(migrations)).toEqual([])
  await using again = await bench.startWorker(captured.log)
  await bench.add(userEvents(added))
  await untilSettled(added + EVENTS)
  await until(async () => (await again.readiness()).ready, { timeoutMs: 60_000, what: 'it is ready' })

  const outcomes = await sql`select distinct outcome, attempts from clerk.webhook_events`.execute(bench.mirror.db)
  expect(outcomes.rows).toEqual([{ outcome: 'applied', attempts: 1 }])
  const users = await sql`select count(*)::integer as users, sum(seats)::integer as seats from clerk.users`.execute(
    bench.mirror.db,
  )
  expect(users.rows).toEqual([{ users: added + EVENTS, seats: added + EVENTS }])
  expect(captured.lines('event.postponed')).toEqual([])
})

function nextMigration(id: string, text: string): Migration {
  return { id, sql: text, checksum: createHash('sha256').update(text).digest('hex') }
}

const raise = (error: Error): never => {
  throw error
}
