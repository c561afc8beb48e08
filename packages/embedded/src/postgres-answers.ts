import { Client } from 'pg'

/** Generous for `select 1` on the same machine, and short enough to ask again soon. */
const ANSWER_MS = 2_000

/** Whether a real query is answered. An open port alone says nothing: Postgres listens before it takes queries. */
export async function postgresAnswers(url: string): Promise<boolean> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: ANSWER_MS, query_timeout: ANSWER_MS })
  client.on('error', () => {}) // said again by whatever waits for it
  try {
    await client.connect()
    await client.query('select 1')
    return true
  } catch {
    return false // not yet; whoever asks has the deadline and the log
  } finally {
    await client.end().catch(() => {}) // it was never connected
  }
}
