import { clockSkewMs } from '@rollcall/mirror/clock-skew'
import { type Check, passed, warned } from '@rollcall/shared/readiness'
import { formatDuration } from '../duration.ts'
import { withMirror } from '../with-mirror.ts'
import { doctorCheck } from './doctor-check.ts'

export const clock = doctorCheck({
  name: 'clock',
  needs: ['variables', 'postgres'],
  examine: async ({ variables }) => judgeClock(await withMirror(variables, ({ db }) => clockSkewMs(db, Date.now))),
})

/**
 * Far above what a round trip and an NTP that works leave, far below the 300 s from which on Svix's signatures are refused:
 * a clock that is this wrong is not kept by anybody, and goes on.
 */
const TOLERATED_MS = 5_000

/** Judges by how much Postgres's clock is ahead of this machine's. */
export function judgeClock(skewMs: number): Check {
  const off = Math.abs(skewMs)
  if (off <= TOLERATED_MS) return passed(`Postgres's clock and this machine's agree to ${Math.ceil(off / 100) / 10} s.`)
  return warned(
    `Postgres's clock is ${formatDuration(off)} ${skewMs > 0 ? 'ahead of' : 'behind'} this machine's, so delays and ages are told wrongly. Set both by NTP (\`timedatectl\` tells whether one is). A receiver whose clock is wrong by 5 min refuses every webhook, for Svix's signatures are valid no longer.`,
  )
}
