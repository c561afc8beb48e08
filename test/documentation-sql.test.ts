import { migrateDatabase } from '@rollcall/cli/commands/migrate'
import { InstallationConfig } from '@rollcall/cli/installation-config'
import { listMigrations } from '@rollcall/mirror/migrations'
import { loadConfig } from '@rollcall/shared/config'
import { createDatabase, type TestDatabase } from '@rollcall/testkit/postgres'
import { settingsOf } from '@rollcall/testkit/settings'
import { Client } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { relationsOf } from '../docs/relations.ts'
import { blocksIn, placeOf } from './documented-pages.ts'

/** A mirror of everything, and empty. */
const settings = settingsOf({ resources: { session: true, email: true, sms_message: true } })
let database: TestDatabase
let client: Client
beforeAll(async () => {
  database = await createDatabase()
  await migrateDatabase(loadConfig(InstallationConfig, { DATABASE_URL: database.url }), settings.catalog)
  client = new Client({ connectionString: database.url })
  await client.connect()
})
afterAll(async () => {
  await client.end()
  await database[Symbol.asyncDispose]()
})

const blocks = blocksIn('sql')

test('[A30] there is SQL to look at', () => {
  expect(blocks.length).toBeGreaterThan(3)
})

test.each(blocks.map((block) => [placeOf(block), block] as const))(
  '[A30] the SQL of %s runs',
  async (_place, block) => {
    // It would keep what it did for the blocks after it.
    expect(block.source).not.toMatch(/^\s*(?:commit|end)\b/im)
    await client.query('begin')
    try {
      if (block.given !== '') await client.query(block.given)
      await client.query(block.source)
    } finally {
      await client.query('rollback')
    }
  },
)

/** What the database says of its tables and views: a line for each, and for each column of a table. */
const SAID = `
  select relname as relation, null as column, null as type, obj_description(pg_class.oid) as comment
  from pg_class where relnamespace = 'clerk'::regnamespace and relkind in ('r', 'v') and relname <> 'migrations'
  union all
  select relname, attname, format_type(atttypid, atttypmod), col_description(attrelid, attnum)
  from pg_class join pg_attribute on attrelid = pg_class.oid and attnum > 0 and not attisdropped
  where relnamespace = 'clerk'::regnamespace and relkind = 'r' and relname <> 'migrations'`

test('[A32] docs/tables.md is written from what the database itself says of its tables', async () => {
  const { rows } = await client.query(SAID)
  const said = rows.map(({ relation, column, type, comment }) =>
    [relation, column ?? '', (type ?? '').replace('timestamp with time zone', 'timestamptz'), comment ?? ''].join(' '),
  )
  const relations = relationsOf((await listMigrations(settings.catalog)).map(({ sql }) => sql))
  const written = [...relations].flatMap(([relation, { comment, columns }]) => [
    [relation, '', '', comment].join(' '),
    ...columns.map(({ name, type, comment }) => [relation, name, type, comment].join(' ')),
  ])
  expect(written.map((line) => line.replaceAll('\\|', '|')).toSorted()).toEqual(said.toSorted())
})
