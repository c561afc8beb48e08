import { readFile } from 'node:fs/promises'
import { Client } from 'pg'

/** Runs a file of SQL on DATABASE_URL and shows the rows, for machines without `psql`. */
const client = new Client({ connectionString: process.env.DATABASE_URL })
await client.connect()
try {
  const { rows } = await client.query(await readFile(process.argv[2]!, 'utf8'))
  console.table(rows)
} finally {
  await client.end()
}
