import { instancesSeen } from '@rollcall/mirror/instances-seen'
import { loadConfig } from '@rollcall/shared/config'
import { type Check, passed, warned } from '@rollcall/shared/readiness'
import { variables as all } from '@rollcall/shared/variables'
import { withMirror } from '../with-mirror.ts'
import { doctorCheck } from './doctor-check.ts'

export const instances = doctorCheck({
  name: 'instances',
  needs: ['variables', 'schema'],
  async examine({ variables }, { environment }) {
    const { CLERK_INSTANCE_ID } = loadConfig({ CLERK_INSTANCE_ID: all.CLERK_INSTANCE_ID }, environment)
    return judgeInstances(await withMirror(variables, ({ db }) => instancesSeen(db)), CLERK_INSTANCE_ID)
  },
})

/**
 * Judges the instances that the newest events are from, by the number of each one's events. Several mix their users in
 * the same tables, which is nearly always a development instance that was pointed at production by mistake [W7].
 */
export function judgeInstances(seen: ReadonlyMap<string, number>, allowed: readonly string[] | undefined): Check {
  const named = (ids: readonly string[]) => ids.map((id) => `${id} (${seen.get(id)})`).join(', ')
  const ids = [...seen.keys()]
  if (ids.length === 0) return passed('No event so far tells of a Clerk instance.')

  const strangers = allowed ? ids.filter((id) => !allowed.includes(id)) : []
  if (strangers.length > 0) {
    return warned(
      `Of the newest events some are from instances that CLERK_INSTANCE_ID does not name: ${named(strangers)}. They were applied without it, and their rows are still there: delete those with that instance_id, or name it in CLERK_INSTANCE_ID.`,
    )
  }
  if (allowed || ids.length === 1) return passed(`The newest events are from ${named(ids)}.`)
  return warned(
    `Several Clerk instances share this schema. The newest events are from ${named(ids)}. Set CLERK_INSTANCE_ID to the one that belongs here, or give each instance another DATABASE_SCHEMA.`,
  )
}
