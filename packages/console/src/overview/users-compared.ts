import type { MirrorTables } from '@rollcall/mirror/tables'
import type { Kysely } from 'kysely'

/** How many users there were on both sides when all of them were compared last. */
export interface UsersCompared {
  readonly atClerk: number
  readonly here: number
  readonly at: Date
}

/** By the newest reconcile that looked at all users: nobody counts them for a page. */
export async function usersCompared(db: Kysely<MirrorTables>): Promise<UsersCompared | undefined> {
  const run = await db
    .selectFrom('reconcile_runs')
    .select(['drift', 'finished_at', 'outcome'])
    .where('outcome', 'in', ['agreed', 'drifted', 'mended'])
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst()
  const { user } = (run?.drift ?? {}) as {
    readonly user?: { readonly compared?: number; readonly missing?: number; readonly gone?: number }
  }
  if (!user?.compared || !run?.finished_at) return undefined
  const { compared, missing = 0, gone = 0 } = user
  // What was mended is here by now.
  const here = run.outcome === 'mended' ? compared : compared - missing + gone
  return { atClerk: compared, here, at: run.finished_at }
}
