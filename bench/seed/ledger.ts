import { Client } from 'pg'

/** Somebody of whom there are more events than of others, and a message that failed. */
export const USER = 'user_2benchmark0000007'
export const FAILED_MESSAGE = 'msg_2benchmark_1'

/** Users that the events are about. */
const USERS = 50_000

/**
 * Fills the ledger as a busy app would have within a month: mostly users, applied; one in thirty stale; the newest so many
 * failed, in a few groups, their bodies kept.
 */
export async function seedLedger(
  databaseUrl: string,
  size: { readonly events: number; readonly failed: number },
): Promise<void> {
  const client = new Client({ connectionString: databaseUrl })
  await client.connect()
  try {
    await client.query(
      `insert into clerk.webhook_events (
        id, type, resource, entity_id, instance_id, occurred_at, received_at, applied_at,
        outcome, error, error_group, attempts, body, version
      )
      select
        'msg_2benchmark_' || i, types.type, 'user', 'user_2benchmark' || lpad((i % $3)::text, 7, '0'), 'ins_benchmark',
        at, at + interval '0.3 s', at + make_interval(secs => 0.5 + i % 100 / 50.0),
        case when i <= $2 then 'failed' when i % 30 = 0 then 'stale' else 'applied' end,
        case when i <= $2 then groups.text || ' for row ' || i end,
        case when i <= $2 then groups.text || ' for row …' end,
        1,
        case when i <= $2 then jsonb_build_object(
          'type', types.type, 'object', 'event', 'timestamp', 1, 'data', jsonb_build_object('id', i, 'bio', repeat('x', 1500))
        ) end,
        1764000000000 + i
      from generate_series(1, $1::integer) as i,
        lateral (select now() - make_interval(secs => i * 2.5)) as times_at (at),
        lateral (select (array['user.created', 'user.updated', 'user.updated', 'organization.updated'])[1 + i % 4]) as types (type),
        lateral (select (array[
          'row_rejected: new row for relation "users" violates check constraint "poison"',
          'row_rejected: value too long',
          'payload_invalid: data.id is missing'
        ])[1 + i % 3]) as groups (text)`,
      [size.events, size.failed, USERS],
    )
    // As autovacuum does within a minute of so many new rows.
    await client.query('vacuum analyze clerk.webhook_events')
  } finally {
    await client.end()
  }
}
