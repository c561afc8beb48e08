import type { UserJSON } from '@clerk/backend'
import type { Pool } from 'pg'

/** An app's own table of users: what it joins by, and no more. */
export async function createAppUsers(pool: Pool): Promise<void> {
  await pool.query(`
    create table if not exists app_users (
      id         text primary key,
      email      text,
      first_name text,
      last_name  text,
      image_url  text,
      created_at timestamptz,
      updated_at timestamptz
    )`)
}

export async function upsertAppUser(pool: Pool, user: UserJSON): Promise<void> {
  const email = user.email_addresses.find(({ id }) => id === user.primary_email_address_id)?.email_address
  await pool.query(
    `insert into app_users (id, email, first_name, last_name, image_url, created_at, updated_at)
     values ($1, $2, $3, $4, $5, $6, $7)
     on conflict (id) do update set
       email = excluded.email, first_name = excluded.first_name, last_name = excluded.last_name,
       image_url = excluded.image_url, updated_at = excluded.updated_at`,
    [
      user.id,
      email,
      user.first_name,
      user.last_name,
      user.image_url,
      new Date(user.created_at),
      new Date(user.updated_at),
    ],
  )
}
