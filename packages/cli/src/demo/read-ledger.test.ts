import { createTestMirror } from '@rollcall/testkit/mirror'
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { expectedRow, type Life } from './lives.ts'
import { wrongRows } from './read-ledger.ts'

const lifeOf = (number: number, types: readonly Life[number]['type'][]): Life =>
  types.map((type, i) => ({
    messageId: `msg_${number}_${i}`,
    type,
    userId: `user_${number}`,
    at: i,
    firstName: `Name ${i}`,
    emailAddress: `${number}@example.com`,
    changes: i,
  }))

test('[C20] a row that is missing, that differs, that lives on or that nobody sent is found', async () => {
  await using mirror = await createTestMirror()
  const lives = [1, 2, 3, 4].map((number) => lifeOf(number, ['user.created', 'user.updated']))
  const expected = [...lives, lifeOf(5, ['user.created', 'user.deleted'])].map(expectedRow)
  for (const row of expected) {
    await sql`
      insert into clerk.users (id, event_id, first_name, primary_email_address, public_metadata, deleted_at, version, occurred_at)
      values (${row.id}, ${row.event_id}, ${row.first_name}, ${row.primary_email_address},
        ${row.deleted ? null : JSON.stringify({ changes: row.changes })}, ${row.deleted ? new Date() : null}, 1, now())`.execute(
      mirror.db,
    )
  }
  expect(await wrongRows(mirror, expected)).toEqual([])

  await sql`delete from clerk.users where id = 'user_1'`.execute(mirror.db)
  await sql`update clerk.users set first_name = 'Somebody' where id = 'user_2'`.execute(mirror.db)
  await sql`update clerk.users set event_id = 'msg_3_0' where id = 'user_3'`.execute(mirror.db)
  await sql`update clerk.users set deleted_at = null where id = 'user_5'`.execute(mirror.db)
  await sql`insert into clerk.users (id, version, occurred_at) values ('user_6', 1, now())`.execute(mirror.db)
  expect(await wrongRows(mirror, expected)).toEqual(['user_1', 'user_2', 'user_3', 'user_5', 'user_6'])
})
