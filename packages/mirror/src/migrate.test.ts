import { everything } from '@rollcall/testkit/catalog'
import { createDatabase, type TestDatabase } from '@rollcall/testkit/postgres'
import { sql } from 'kysely'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Mirror, openMirror } from './database.ts'
import { migrate } from './migrate.ts'
import { listMigrations, type Migration } from './migrations.ts'
import { requireSchema } from './schema-state.ts'

const catalog = everything()
const VIEWS = ['active_memberships', 'active_users', 'user_emails']
const OWN = ['audit_log', 'backfills', 'migrations', 'reconcile_runs', 'webhook_events']
const TABLES = [...OWN, ...VIEWS, ...catalog.mirrored.map(({ table }) => table)].sort()

const migration = (id: string, text: string): Migration => ({ id, sql: text, checksum: text })

describe('migrate', () => {
  let database: TestDatabase
  let mirror: Mirror
  beforeEach(async () => {
    database = await createDatabase()
    mirror = open()
  })
  afterEach(async () => {
    await mirror.close()
    await database[Symbol.asyncDispose]()
  })

  const open = (schema = 'clerk') =>
    openMirror({ databaseUrl: database.url, schema, poolSize: 5, onError: () => expect.unreachable() })
  const tables = async (schema = 'clerk') =>
    (
      await sql<{
        table_name: string
      }>`select table_name from information_schema.tables where table_schema = ${schema} order by 1`.execute(mirror.db)
    ).rows.map((row) => row.table_name)

  test('[M1] an empty database gets every table, and a second run finds nothing to do', async () => {
    const all = await listMigrations(catalog)
    expect(await migrate(mirror, all)).toEqual(all.map(({ id }) => id))
    expect(await tables()).toEqual(TABLES)
    expect(await migrate(mirror, all)).toEqual([])
    await requireSchema(mirror, all)
  })

  test('[M1] the schema is the one that DATABASE_SCHEMA names, and two live side by side', async () => {
    const other = open('other')
    try {
      await migrate(mirror, await listMigrations(catalog))
      await migrate(other, await listMigrations(catalog))
      expect(await tables('other')).toEqual(TABLES)
    } finally {
      await other.close()
    }
  })

  test('[M2] one that fails changes nothing, keeps those before it, and stops those after it', async () => {
    const steps = [
      migration('a/1', 'create table a ()'),
      migration('b/1', 'create table b (); insert into nowhere values (1)'),
      migration('c/1', 'create table c ()'),
    ]
    await expect(migrate(mirror, steps)).rejects.toThrow(
      /^Migration b\/1 failed and changed nothing: .*nowhere.*Mend this/,
    )
    expect(await tables()).toEqual(['a', 'migrations'])

    const mended = [steps[0]!, migration('b/1', 'create table b ()'), steps[2]!]
    expect(await migrate(mirror, mended)).toEqual(['b/1', 'c/1'])
  })

  test('[M2] one that was edited after it was applied stops everything', async () => {
    await migrate(mirror, [migration('a/1', 'create table a ()')])
    const edited = [migration('a/1', 'create table a (id text)'), migration('b/1', 'create table b ()')]
    await expect(migrate(mirror, edited)).rejects.toThrow(/Migration a\/1 is not the one .*Nothing was changed/)
    expect(await tables()).toEqual(['a', 'migrations'])
  })

  test('[O37] one that cannot have a lock for all its patience changes nothing and says so', async () => {
    const steps = [migration('a/1', 'create table a ()')]
    await migrate(mirror, steps)
    await mirror.db.transaction().execute(async (report) => {
      await sql`select from clerk.a`.execute(report)
      const refused = migrate(mirror, [...steps, migration('a/2', 'alter table a add column b text')], 0)
      await expect(refused).rejects.toThrow(/^Migration a\/2 failed and changed nothing: .*lock timeout/)
    })
    expect(await migrate(mirror, steps)).toEqual([])
  })

  test('[M3] several at once take turns, and each migration is applied once', async () => {
    const others = [open(), open(), open()]
    try {
      const all = await listMigrations(catalog)
      const applied = await Promise.all([mirror, ...others].map((each) => migrate(each, all)))
      expect(applied.flat().sort()).toEqual(all.map(({ id }) => id).sort())
    } finally {
      await Promise.all(others.map((each) => each.close()))
    }
  })

  test('[M4] a schema that is missing or older is a mismatch that says what to do; a newer one is not', async () => {
    const all = await listMigrations(catalog)
    const notSetUp = { code: 'schema_mismatch', message: 'schema clerk has not been set up. Run `rollcall migrate`.' }
    await expect(requireSchema(mirror, all)).rejects.toMatchObject(notSetUp)

    await migrate(mirror, all.slice(0, 1))
    const lacking = all
      .slice(1)
      .map(({ id }) => id)
      .join(', ')
    const older = { code: 'schema_mismatch', message: `schema clerk lacks ${lacking}. Run \`rollcall migrate\`.` }
    await expect(requireSchema(mirror, all)).rejects.toMatchObject(older)

    await migrate(mirror, all)
    await requireSchema(mirror, all.slice(0, 1))
  })
})
