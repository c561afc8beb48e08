import { Client } from 'pg'
import { expect, test } from 'vitest'
import { createDatabase } from './postgres.ts'

test('each database is its own, and is dropped with whoever is still connected', async () => {
  // Whoever is connected to a pooler stays connected to it.
  const [one, other] = await Promise.all([createDatabase({ session: true }), createDatabase({ session: true })])
  const client = new Client({ connectionString: one.url })
  client.on('error', () => {}) // it is cut off below
  await client.connect()
  const { rows } = await client.query('select current_database() as name')

  await Promise.all([one.drop(), other.drop()])

  expect(one.url).not.toBe(other.url)
  expect(new URL(one.url).pathname).toBe(`/${rows[0].name}`)
  await expect(client.query('select 1')).rejects.toThrow()
})
