import { everything } from '@rollcall/testkit/catalog'
import { createTestMirror, type TestMirror } from '@rollcall/testkit/mirror'
import { Kysely, PostgresDialect, sql } from 'kysely'
import { Pool } from 'pg'
import { afterAll, beforeAll, expect, expectTypeOf, test } from 'vitest'
import type { ClerkTables } from './clerk-tables.ts'

interface Database extends ClerkTables {
  readonly posts: { readonly id: string; readonly author_id: string; readonly title: string }
}

let mirror: TestMirror
let db: Kysely<Database>
beforeAll(async () => {
  mirror = await createTestMirror({ catalog: everything() })
  const pool = new Pool({ connectionString: mirror.databaseUrl, max: 1 })
  db = new Kysely<Database>({ dialect: new PostgresDialect({ pool }) })
  await sql`create table posts (id text primary key, author_id text references clerk.users (id), title text)`.execute(
    db,
  )
  await sql`
    insert into clerk.users (id, first_name, banned, email_addresses, primary_email_address, version, occurred_at)
    values ('user_1', 'Ada', false, '[{"id": "idn_1", "email_address": "ada@example.com"}]', 'ada@example.com',
      1764000000000, '2026-11-24T10:00Z')`.execute(db)
  await db.insertInto('posts').values({ id: 'post_1', author_id: 'user_1', title: 'Notes' }).execute()
})
afterAll(async () => {
  await db.destroy()
  await mirror[Symbol.asyncDispose]()
})

test("[C23] an app joins its own tables with the mirror's, and the compiler knows every column", async () => {
  const [row] = await db
    .selectFrom('posts')
    .innerJoin('clerk.users', 'clerk.users.id', 'posts.author_id')
    .select(['title', 'first_name', 'banned', 'version', 'occurred_at', 'deleted_at'])
    .execute()
  expectTypeOf(row!).toEqualTypeOf<{
    title: string
    first_name: string | null
    banned: boolean | null
    version: string
    occurred_at: Date
    deleted_at: Date | null
  }>()
  expect(row).toEqual({
    title: 'Notes',
    first_name: 'Ada',
    banned: false,
    version: '1764000000000',
    occurred_at: new Date('2026-11-24T10:00Z'),
    deleted_at: null,
  })
})

test('[C23] views are there as well', async () => {
  const active = await db.selectFrom('clerk.active_users').select(['id', 'image_url']).executeTakeFirstOrThrow()
  expectTypeOf(active).toEqualTypeOf<{ id: string; image_url: string | null }>()
  const emails = await db.selectFrom('clerk.user_emails').select(['user_id', 'email_address', 'is_primary']).execute()
  expectTypeOf(emails).toEqualTypeOf<{ user_id: string; email_address: string | null; is_primary: boolean }[]>()
  expect({ active, emails }).toEqual({
    active: { id: 'user_1', image_url: null },
    emails: [{ user_id: 'user_1', email_address: 'ada@example.com', is_primary: true }],
  })
})

test('[C23] what the mirror does not have, and what would change it, does not compile', () => {
  // @ts-expect-error: there is no such column
  db.selectFrom('clerk.users').select('nickname')
  // @ts-expect-error: a row tells of its history, a view does not
  db.selectFrom('clerk.active_users').select('deleted_at')
  // @ts-expect-error: rows of users go with nobody
  db.selectFrom('clerk.users').select('deleted_with')
  // @ts-expect-error: Rollcall alone writes
  db.updateTable('clerk.users').set({ first_name: 'Grace' })
  type Elsewhere = ClerkTables<'members'>
  expectTypeOf<Elsewhere>().toHaveProperty('members.users')
  expectTypeOf<Elsewhere>().not.toHaveProperty('clerk.users')
})
