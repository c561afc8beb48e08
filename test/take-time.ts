import type { Mirror } from '@rollcall/mirror/database'
import { sql } from 'kysely'

/** Has each batch of users take a fifth of a second, so that there is a middle of the work, however late a test is at it. */
export async function takeTime({ db }: Pick<Mirror, 'db'>): Promise<void> {
  await sql`
    create function clerk.take_time() returns trigger language plpgsql as $$
      begin perform pg_sleep(0.2); return null; end $$`.execute(db)
  await sql`
    create trigger take_time before insert on clerk.users
      for each statement execute function clerk.take_time()`.execute(db)
}

export const takeNoMoreTime = async ({ db }: Pick<Mirror, 'db'>): Promise<void> => {
  await sql`drop function clerk.take_time() cascade`.execute(db)
}
