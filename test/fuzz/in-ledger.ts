import { until } from '@rollcall/testkit/wait'
import { Pool } from 'pg'

/** Far longer than a worker takes for what a run leaves on its queue. */
const SETTLED_MS = 600_000

/** Waits until the ledger holds each of these messages with an outcome. Rejects with how many it does not. */
export async function untilAllInLedger(databaseUrl: string, messageIds: readonly string[]): Promise<void> {
  const database = new Pool({ connectionString: databaseUrl, max: 1 })
  try {
    const inLedger = async () => {
      const { rows } = await database.query<{ count: string }>(
        'select count(*) from clerk.webhook_events where id = any($1) and outcome is not null',
        [messageIds],
      )
      return Number(rows[0]!.count)
    }
    const wanted = new Set(messageIds).size
    await until(async () => (await inLedger()) === wanted, {
      timeoutMs: SETTLED_MS,
      what: `${wanted} messages that were answered 200 are in the ledger`,
    })
  } finally {
    await database.end()
  }
}
