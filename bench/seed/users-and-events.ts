import { statfs } from 'node:fs/promises'
import { Client } from 'pg'

/** Rows in one statement. */
const STEP = 1_000_000

/** A user and its event take 1,400 with their indexes. As much again for WAL, and for sorting what is indexed. */
const BYTES_A_ROW = 2_800

/** Small beside what Clerk sends, so that ten million fit on a developer's disk. */
const DATA = `jsonb_build_object(
  'id', id, 'object', 'user', 'first_name', 'Ada', 'last_name', 'Lovelace', 'image_url', 'https://img.clerk.com/' || hash,
  'email_addresses', emails, 'public_metadata', '{}'::jsonb, 'unsafe_metadata', jsonb_build_object('referrer', 'newsletter'),
  'created_at', version, 'updated_at', version
)`

/**
 * So many users, each with the event that created it, as a mirror that is years old holds them. Ids ascend, as Clerk's and
 * Svix's do, which begin with the time; addresses do not.
 */
export async function seedUsersAndEvents(databaseUrl: string, directory: string, count: number): Promise<void> {
  const { bavail, bsize } = await statfs(directory)
  const needed = count * BYTES_A_ROW
  if (bavail * bsize < needed) throw new Error(`${count} rows need ${needed / 1e9} GB of disk below ${directory}`)

  const client = new Client({ connectionString: databaseUrl })
  await client.connect()
  try {
    const { rows: indexes } = await client.query<{ indexname: string; indexdef: string }>(
      `select indexname, indexdef from pg_indexes
       where schemaname = 'clerk' and tablename in ('users', 'webhook_events') and indexname not like '%_pkey'`,
    )
    // Built over what is there, they take a tenth of the time.
    for (const { indexname } of indexes) await client.query(`drop index clerk.${indexname}`)
    for (let from = 1; from <= count; from += STEP) {
      await client.query(
        `with made as (
          select i, 'user_1seed' || lpad(i::text, 12, '0') as id, 'msg_1seed' || lpad(i::text, 12, '0') as message,
            hash, hash || '@example.com' as address, 1600000000000 + i * 1000::bigint as version,
            '2020-09-13 12:26:40+00'::timestamptz + make_interval(secs => i) as at,
            jsonb_build_array(jsonb_build_object('id', 'idn_' || hash, 'email_address', hash || '@example.com')) as emails
          from generate_series($1::integer, $2::integer) as i, md5(i::text) as hash
        ), events as (
          insert into clerk.webhook_events (
            id, type, resource, entity_id, instance_id, occurred_at, received_at, applied_at, outcome, attempts, version
          )
          select message, 'user.created', 'user', id, 'ins_bench', at, at, at, 'applied', 1, version from made
        )
        insert into clerk.users (
          id, first_name, last_name, primary_email_address, image_url, email_addresses, public_metadata, banned, locked,
          created_at, updated_at, data, instance_id, version, occurred_at, event_id
        )
        select id, 'Ada', 'Lovelace', address, 'https://img.clerk.com/' || hash, emails, '{}', false, false,
          at, at, ${DATA}, 'ins_bench', version, at, message
        from made`,
        [from, Math.min(count, from + STEP - 1)],
      )
    }
    for (const { indexdef } of indexes) await client.query(indexdef)
    await client.query('vacuum analyze clerk.users, clerk.webhook_events')
    await client.query('checkpoint')
  } finally {
    await client.end()
  }
}
