import { parseEnvelope } from '@rollcall/shared/envelope'
import { configureWorker } from '@rollcall/worker/config'
import { Pool } from 'pg'
import type { Bench } from '../bench.ts'
import type { Drained } from '../rig/backlog.ts'
import { deliveries, type Events } from '../rig/events.ts'

/** As the worker's own defaults. */
const BATCH = 500
const SIDE_BY_SIDE = 2

/**
 * The rows that our worker would write, ready in memory, straight into our table of users: no queue, no ledger, no guard. What
 * Postgres alone takes.
 */
export async function writeStraight({ variables, servers }: Bench, events: Events, count: number): Promise<Drained> {
  const { settings } = await configureWorker(variables, import.meta.dirname)
  const users = settings.catalog.mirroredNamed('user')!
  const rows = deliveries(events, 0, count).map((delivery) =>
    users.toRow(parseEnvelope(delivery), settings.catalog.omissions),
  )
  const columns = Object.keys(rows[0]!)
  const assignments = columns.map((column) => `${column} = excluded.${column}`)
  const statement = `
    insert into clerk.users (${columns}) select ${columns}
    from jsonb_populate_recordset(null::clerk.users, $1::jsonb)
    on conflict (id) do update set ${assignments}, synced_at = now()`
  const pool = new Pool({ connectionString: servers.postgres.url, max: SIDE_BY_SIDE })

  let next = 0
  const startedAt = performance.now()
  await Promise.all(
    Array.from({ length: SIDE_BY_SIDE }, async () => {
      while (next < rows.length) {
        const batch = rows.slice(next, next + BATCH)
        next += BATCH
        await pool.query({ name: 'straight', text: statement, values: [JSON.stringify(batch)] })
      }
    }),
  )
  const seconds = (performance.now() - startedAt) / 1_000
  await pool.end()
  return { events: count, seconds, perSecond: count / seconds }
}
