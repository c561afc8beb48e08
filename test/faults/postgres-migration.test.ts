import { createHash } from 'node:crypto'
import { openMirror } from '@rollcall/mirror/database'
import { migrate } from '@rollcall/mirror/migrate'
import { listMigrations, type Migration } from '@rollcall/mirror/migrations'
import { captureLog } from '@rollcall/testkit/captured-log'
import { everything } from '@rollcall/testkit/catalog'
import { deliveryOf, userBody } from '@rollcall/testkit/deliveries'
import { until } from '@rollcall/testkit/wait'
import { createBench, ledgerOf } from '@rollcall/worker/test-worker'
import { sql } from 'kysely'
import { expect, test } from 'vitest'

const ADDS_A_COLUMN = nextMigration('user/9999_next', 'alter table users add column plan text')

test('[O37] a migration that has to wait for a long transaction holds up no event meanwhile, and is applied after it', async () => {
  await using bench = await createBench('redis')
  const known = await listMigrations(everything())
  const add = (id: string) =>
    bench.add([deliveryOf(userBody({ type: 'user.created', id, occurredAt: 1_764_000_000_000 }))])
  const { log, lines } = captureLog()
  await using _worker = await bench.startWorker(log)
  await add('user_before')
  await ledgerOf(bench.mirror, 1)

  let migrating: Promise<readonly string[]> | undefined
  const migrator = openMirror({ databaseUrl: bench.mirror.urls.migrator, schema: 'clerk', poolSize: 1, onError: raise })
  try {
    // Somebody has looked at the users, and gone to lunch.
    await bench.mirror.db.transaction().execute(async (report) => {
      await sql`select count(*) from clerk.users`.execute(report)
      migrating = migrate(migrator, [...known, ADDS_A_COLUMN])
      const isInTheWay = async () => (await lockWaits()) > 0
      await until(isInTheWay, { timeoutMs: 20_000, what: 'the migration waits' })
      // Twice: the migration has let writers pass and tried again.
      for (const [i, id] of ['user_1', 'user_2'].entries()) {
        await add(id)
        await ledgerOf(bench.mirror, i + 2, 25_000)
        await until(isInTheWay, { timeoutMs: 20_000, what: 'the migration waits again' })
      }
    })
    expect(await migrating).toEqual([ADDS_A_COLUMN.id])
  } finally {
    await migrating?.catch(() => undefined)
    await migrator.close()
  }
  await add('user_after')
  const ledger = await ledgerOf(bench.mirror, 4)
  expect(new Set(ledger.map(({ outcome, attempts }) => `${outcome} ${attempts}`))).toEqual(new Set(['applied 1']))
  expect(lines('consumption.paused')).toEqual([])

  async function lockWaits(): Promise<number> {
    const { rows } = await sql`
      select from pg_locks where not granted and relation = 'clerk.users'::regclass and mode = 'AccessExclusiveLock'
    `.execute(bench.mirror.db)
    return rows.length
  }
})

function nextMigration(id: string, text: string): Migration {
  return { id, sql: text, checksum: createHash('sha256').update(text).digest('hex') }
}

const raise = (error: Error): never => {
  throw error
}
