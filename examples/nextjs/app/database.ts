import { Pool } from 'pg'

export interface User {
  readonly id: string
  readonly first_name: string | null
  readonly last_name: string | null
  readonly primary_email_address: string | null
}

const pool = new Pool({ connectionString: process.env.DATABASE_URL, max: 5 })

/** The newest fifty, as Rollcall's worker keeps them. `active_users` leaves out those who were deleted. */
export async function newestUsers(): Promise<readonly User[]> {
  const { rows } = await pool.query<User>(
    `select id, first_name, last_name, primary_email_address
     from clerk.active_users
     order by created_at desc nulls last, id
     limit 50`,
  )
  return rows
}
