import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import prisma from '@prisma/prisma-schema-wasm'
import { migrate } from '@rollcall/cli/commands/migrate'
import { schema } from '@rollcall/cli/commands/schema'
import { resources } from '@rollcall/resources/registry'
import { createDatabase } from '@rollcall/testkit/postgres'
import { drizzle } from 'drizzle-orm/node-postgres'
import { getTableConfig, type PgTable } from 'drizzle-orm/pg-core'
import { Client, Pool } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { sourceFolder } from './compiled.ts'
import { type Relation, type RelationColumn, relationsIn } from './relations-in.ts'
import { runHere } from './run-here.ts'

/** Not as it is by default: another schema, a resource that is switched on and one that is switched off. */
const SCHEMA = 'members'
const CONFIG = 'export default { resources: { session: true, waitlist_entry: false } }\n'

const TABLES = resources.map(({ table }) => table)

let opened: AsyncDisposableStack
let folder: string
let databaseUrl: string
/** What `migrate` made, but for the ledger. */
let made: ReadonlyMap<string, Relation>

const print = async (option: string, over: Record<string, string> = {}): Promise<string> =>
  (await runHere(schema, folder, [option], { DATABASE_SCHEMA: SCHEMA, ...over })).stdout

const mirroredIn = (relations: ReadonlyMap<string, Relation>): ReadonlyMap<string, Relation> =>
  new Map([...relations].filter(([name, { kind }]) => kind === 'view' || TABLES.includes(name)))

beforeAll(async () => {
  opened = new AsyncDisposableStack()
  folder = opened.use(await sourceFolder({ 'rollcall.config.ts': CONFIG })).path
  databaseUrl = opened.use(await createDatabase({ session: true })).url
  await runHere(migrate, folder, [], { DATABASE_SCHEMA: SCHEMA, DATABASE_URL: databaseUrl })
  made = mirroredIn(await relationsIn(databaseUrl, SCHEMA))
  expect(made.has('sessions')).toBe(true)
  expect(made.has('waitlist_entries')).toBe(false)
})
afterAll(() => opened.disposeAsync())

const tables = () => [...made].filter(([, { kind }]) => kind === 'table')

/** A table's columns, in the order and with the properties that another tool was told of. */
const told = (columns: ReadonlyMap<string, RelationColumn>, keep: (column: RelationColumn) => object) =>
  [...columns].map(([name, column]) => ({ name, ...keep(column) }))

test('[C22] the statements make what `migrate` makes: tables, columns, indexes, comments and views', async () => {
  await using other = await createDatabase()
  const client = new Client({ connectionString: other.url })
  await client.connect()
  await client.query(await print('--sql')).finally(() => client.end())
  expect(await relationsIn(other.url, SCHEMA)).toEqual(made)
  expect(made.get('users')!.comment).toMatch(/^Clerk's users\./)
})

test('[C22] the module for Drizzle compiles, and tells of the tables as they are', async () => {
  const text = await print('--drizzle')
  // Nothing in it is TypeScript alone, so that Node runs it by its other name.
  await using written = await sourceFolder({ 'clerk.ts': text, 'clerk.mjs': text, 'app.ts': APP })
  expect(await written.complaints()).toBe('')

  const module = (await import(pathToFileURL(join(written.path, 'clerk.mjs')).href)) as Record<string, PgTable>
  const { schema: _, ...known } = module
  const configs = Object.values(known).map((table) => getTableConfig(table))
  expect(configs.map(({ name }) => name).toSorted()).toEqual(tables().map(([name]) => name))
  for (const { name, schema, columns } of configs) {
    expect(schema).toBe(SCHEMA)
    expect(
      columns.map((column) => ({ name: column.name, type: column.getSQLType(), isNullable: !column.notNull })),
    ).toEqual(told(made.get(name)!.columns, ({ type, isNullable }) => ({ type, isNullable })))
    expect(columns.filter(({ primary }) => primary).map(({ name }) => name)).toEqual(['id'])
    expect(columns.filter(({ hasDefault }) => hasDefault).map(({ name }) => name)).toEqual(
      [...made.get(name)!.columns].filter(([, column]) => column.default !== null).map(([name]) => name),
    )
  }
  expect(text).toContain(
    "  /** The primary one of email_addresses. Not unique over time. */\n  primaryEmailAddress: text('primary",
  )
})

/** What an app does with the module; it must compile. */
const APP = `
import { drizzle } from 'drizzle-orm/node-postgres'
import { pgTable, text } from 'drizzle-orm/pg-core'
import { eq, isNull } from 'drizzle-orm'
import { users } from './clerk.ts'
export const posts = pgTable('posts', { id: text('id').primaryKey(), authorId: text('author_id').references(() => users.id) })
const db = drizzle('postgres://localhost/app')
const rows = await db.select().from(posts).innerJoin(users, eq(users.id, posts.authorId)).where(isNull(users.deletedAt))
export const name: string | null = rows[0]!.users.firstName
export const version: number = rows[0]!.users.version
export const createdAt: Date | null = rows[0]!.users.createdAt
// @ts-expect-error: there is no such column
users.nickname
`

test('[C22] Drizzle reads rows through the module', async () => {
  await using written = await sourceFolder({ 'clerk.mjs': await print('--drizzle') })
  const { organizationMemberships } = (await import(pathToFileURL(join(written.path, 'clerk.mjs')).href)) as Record<
    string,
    PgTable
  >
  const pool = new Pool({ connectionString: databaseUrl, max: 1 })
  try {
    await pool.query(
      `insert into ${SCHEMA}.organization_memberships (id, permissions, version, occurred_at, deleted_with)
       values ('orgmem_1', '["org:read"]', 1764000000000, '2026-11-24T10:00Z', '{org_1}')`,
    )
    expect(await drizzle(pool).select().from(organizationMemberships!)).toMatchObject([
      {
        id: 'orgmem_1',
        permissions: ['org:read'],
        version: 1_764_000_000_000,
        occurredAt: new Date('2026-11-24T10:00Z'),
        deletedWith: ['org_1'],
        deletedAt: null,
      },
    ])
  } finally {
    await pool.end()
  }
})

interface Field {
  readonly name: string
  readonly dbName: string | null
  readonly type: string
  readonly isRequired: boolean
  readonly isList: boolean
  readonly isId: boolean
  readonly hasDefaultValue: boolean
  readonly nativeType: readonly [string, readonly string[]] | null
  readonly documentation?: string
}

interface Model {
  readonly name: string
  readonly dbName: string
  readonly schema: string
  readonly fields: readonly Field[]
}

/** Prisma's type of a column, by Postgres's. */
const PRISMA_TYPES: Readonly<Record<string, string>> = {
  text: 'String',
  'text[]': 'String',
  boolean: 'Boolean',
  jsonb: 'Json',
  bigint: 'BigInt',
  'timestamp with time zone': 'DateTime',
}

test("[C22] Prisma's own validator takes the models, and they tell of the tables as they are", async () => {
  const datasource = `datasource db {\n  provider = "postgresql"\n  schemas = ["public", "${SCHEMA}"]\n}\n`
  const ownModel = 'model User {\n  id String @id\n  @@schema("public")\n}\n'
  const request = JSON.stringify({ prismaSchema: `${datasource}${ownModel}${await print('--prisma')}`, noColor: true })
  prisma.validate(request)
  const { datamodel } = JSON.parse(prisma.get_dmmf(request)) as {
    readonly datamodel: { readonly models: readonly Model[] }
  }
  const models = datamodel.models.filter(({ name }) => name !== 'User')
  expect(models.map(({ dbName }) => dbName).toSorted()).toEqual(tables().map(([name]) => name))
  expect(models.map(({ name }) => name)).toContain('ClerkOrganizationMembership')
  for (const model of models) {
    expect(model.schema).toBe(SCHEMA)
    expect(
      model.fields.map((field) => ({
        name: field.dbName ?? field.name,
        type: field.type,
        isList: field.isList,
        isRequired: field.isRequired,
        isId: field.isId,
        hasDefault: field.hasDefaultValue,
        documentation: field.documentation,
      })),
    ).toEqual(
      [...made.get(model.dbName)!.columns].map(([name, column]) => ({
        name,
        type: PRISMA_TYPES[column.type],
        isList: column.type.endsWith('[]'),
        isRequired: !column.isNullable || column.type.endsWith('[]'),
        isId: name === 'id',
        hasDefault: column.default !== null,
        documentation: column.comment,
      })),
    )
  }
})

test('[C22] in the schema `public` neither tool is told of a schema of its own', async () => {
  const text = await print('--drizzle', { DATABASE_SCHEMA: 'public' })
  await using written = await sourceFolder({ 'clerk.ts': text, 'clerk.mjs': text })
  expect(await written.complaints()).toBe('')
  const { users } = (await import(pathToFileURL(join(written.path, 'clerk.mjs')).href)) as Record<string, PgTable>
  expect(getTableConfig(users!)).toMatchObject({ name: 'users', schema: undefined })
  expect(await print('--prisma', { DATABASE_SCHEMA: 'public' })).toContain('needs `schemas = ["public"]`')
})

test.each([[[]], [['--drizzle', '--sql']]])('[C22] called with %j it asks for which tool', async (words) => {
  await expect(runHere(schema, folder, words)).rejects.toThrow('Say for which tool: --drizzle, --prisma or --sql.')
})

test('[C23] the types for Kysely name the columns that the database has, and their types', async () => {
  await using database = await createDatabase()
  const everything = Object.fromEntries(resources.map(({ name }) => [name, true]))
  await using written = await sourceFolder({
    'rollcall.config.ts': `export default { resources: ${JSON.stringify(everything)} }\n`,
  })
  await runHere(migrate, written.path, [], { DATABASE_URL: database.url, REDIS_URL: 'redis://127.0.0.1:1' })
  const relations = mirroredIn(await relationsIn(database.url, 'clerk'))
  await using program = await sourceFolder({ 'program.ts': kyselyProgram(relations) })
  expect(await program.complaints()).toBe('')
})

/** What `pg` answers for a column. */
const ANSWERED: Readonly<Record<string, string>> = {
  text: 'string',
  'text[]': 'readonly string[]',
  boolean: 'boolean',
  jsonb: 'Json',
  bigint: 'string',
  'timestamp with time zone': 'Date',
}

/** A view's columns are told by Postgres to be nullable, all of them: of those the types alone are compared, but for null. */
function kyselyProgram(relations: ReadonlyMap<string, Relation>): string {
  const types = [...relations].map(([name, { kind, columns }]) => {
    const fields = [...columns].map(([column, { type, isNullable }]) => {
      const answered = column === 'data' ? 'unknown' : ANSWERED[type]!
      if (kind === 'view') return `  ${column}: NonNullable<${answered}>`
      return `  ${column}: ${answered}${isNullable && answered !== 'unknown' ? ' | null' : ''}`
    })
    const row = kind === 'table' ? 'Row' : 'Present'
    return `type Of_${name} = {\n${fields.join('\n')}\n}\nexport const is_${name}: Same<${row}<'clerk.${name}'>, Of_${name}> = true`
  })
  return [
    "import type { Json } from '@rollcall/shared/json'",
    "import type { ClerkTables } from '@rollcall/client'",
    "import type { SelectType } from 'kysely'",
    'type Row<Name extends keyof ClerkTables> = { -readonly [Column in keyof ClerkTables[Name]]: SelectType<ClerkTables[Name][Column]> }',
    'type Present<Name extends keyof ClerkTables> = { -readonly [Column in keyof Row<Name>]: NonNullable<Row<Name>[Column]> }',
    'type Same<One, Other> = (<T>() => T extends One ? 1 : 2) extends <T>() => T extends Other ? 1 : 2 ? true : false',
    `export const hasAll: Same<keyof ClerkTables, ${[...relations.keys()].map((name) => `'clerk.${name}'`).join(' | ')}> = true`,
    ...types,
    '',
  ].join('\n')
}
