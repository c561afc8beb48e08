import { countUsers } from '@rollcall/mirror/count-users'
import { type Check, passed, warned } from '@rollcall/shared/readiness'
import { withMirror } from '../with-mirror.ts'
import { doctorCheck, type Finding } from './doctor-check.ts'

export const users = doctorCheck({
  name: 'users',
  needs: ['variables', 'configuration', 'schema', 'clerk'],
  async examine({ variables, configuration, clerk }): Promise<Finding> {
    if (!configuration.catalog.mirroredNamed('user')) return { status: 'skipped', message: 'Users are not mirrored.' }
    const here = await withMirror(variables, ({ db, schema }) => countUsers(db, schema, clerk.instanceId))
    return judgeUsers(here, clerk.users)
  },
})

/** Judges how many users the mirror has, and how many Clerk. */
export function judgeUsers(here: number, atClerk: number): Check {
  if (here === atClerk) return passed(`The mirror has as many users as Clerk: ${here}.`)
  return warned(
    `Clerk has ${atClerk} users, and the mirror ${here}. If that stays once what is on its way has arrived, \`pnpm rollcall reconcile\` finds and mends what differs; \`pnpm rollcall backfill\` fills a new mirror.`,
  )
}
