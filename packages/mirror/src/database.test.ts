import { createDatabase } from '@rollcall/testkit/postgres'
import { sql } from 'kysely'
import { Client } from 'pg'
import { expect, test } from 'vitest'
import { openMirror } from './database.ts'

test('[O4] a connection that breaks between two statements of a transaction fails the next one, not the process', async () => {
  await using database = await createDatabase()
  const broken = Promise.withResolvers<Error>()
  const mirror = openMirror({ databaseUrl: database.url, schema: 'clerk', poolSize: 1, onError: broken.resolve })
  const killer = new Client({ connectionString: database.url })
  await killer.connect()
  try {
    const work = mirror.db.transaction().execute(async (transaction) => {
      const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(transaction)
      await killer.query('select pg_terminate_backend($1)', [rows[0]!.pid])
      await broken.promise
      await sql`select 1`.execute(transaction)
    })
    await expect(work).rejects.toThrow()
  } finally {
    await killer.end()
    await mirror.close()
  }
})
