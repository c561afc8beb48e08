import { waitingTypes } from '@rollcall/mirror/waiting-types'
import { type Check, passed, warned } from '@rollcall/shared/readiness'
import { withMirror } from '../with-mirror.ts'
import { doctorCheck } from './doctor-check.ts'

export const waiting = doctorCheck({
  name: 'waiting handlers',
  needs: ['variables', 'configuration', 'schema'],
  examine: async ({ variables, configuration }) =>
    judgeWaiting(await withMirror(variables, ({ db }) => waitingTypes(db)), new Set(configuration.handlers.keys())),
})

/**
 * Judges the events that wait for their handler, counted by type. What waits for one that has been removed waits for
 * ever, and retention spares it [D4].
 */
export function judgeWaiting(waitingByType: ReadonlyMap<string, number>, handled: ReadonlySet<string>): Check {
  const orphans = [...waitingByType].filter(([type]) => !handled.has(type))
  if (orphans.length > 0) {
    const named = orphans.map(([type, count]) => `${type} (${count})`).join(', ')
    return warned(
      `Events wait for a handler that rollcall.config.ts does not have: ${named}. Put it back until they are through; one that does nothing lets them go.`,
    )
  }
  const count = [...waitingByType.values()].reduce((sum, each) => sum + each, 0)
  return passed(
    count === 0
      ? 'No event waits for its handler.'
      : `${count} ${count === 1 ? 'event waits for its' : 'events wait for their'} handler.`,
  )
}
