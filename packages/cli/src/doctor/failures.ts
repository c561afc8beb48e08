import { countUnfinished } from '@rollcall/mirror/count-unfinished'
import { type Check, passed, warned } from '@rollcall/shared/readiness'
import { withMirror } from '../with-mirror.ts'
import { type DoctorCheck, doctorCheck } from './doctor-check.ts'

/** Failed events and failed handlers, each a check of its own. */
export const failures: readonly DoctorCheck[] = [
  doctorCheck({
    name: 'failed events',
    needs: ['variables', 'schema'],
    examine: async ({ variables }) =>
      judgeFailures(await withMirror(variables, async ({ db }) => (await countUnfinished(db)).failedEvents), 'event'),
  }),
  doctorCheck({
    name: 'failed handlers',
    needs: ['variables', 'schema'],
    examine: async ({ variables }) =>
      judgeFailures(
        await withMirror(variables, async ({ db }) => (await countUnfinished(db)).failedHandlers),
        'handler',
      ),
  }),
]

export function judgeFailures(count: number, what: 'event' | 'handler'): Check {
  if (count === 0) return passed(`No ${what} has failed.`)
  const [failed, them] = count === 1 ? [`1 ${what} has`, 'it'] : [`${count} ${what}s have`, 'them']
  return warned(
    `${failed} failed. \`pnpm rollcall failed\` tells why; once that is mended, \`pnpm rollcall failed retry\` runs ${them} again.`,
  )
}
