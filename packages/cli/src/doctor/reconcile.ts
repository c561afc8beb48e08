import { type LastReconcile, lastReconcile } from '@rollcall/mirror/sync-runs'
import { type Check, passed, warned } from '@rollcall/shared/readiness'
import { formatDuration } from '../duration.ts'
import { withMirror } from '../with-mirror.ts'
import { doctorCheck } from './doctor-check.ts'

export const reconcile = doctorCheck({
  name: 'reconcile',
  needs: ['variables', 'schema'],
  examine: async ({ variables }) =>
    judgeReconcile(await withMirror(variables, ({ db }) => lastReconcile(db)), Date.now()),
})

/** Judges how the newest reconcile that has ended came out. */
export function judgeReconcile(last: LastReconcile | null, now: number): Check {
  if (last === null)
    return passed('None has run. `pnpm rollcall reconcile` compares the mirror with Clerk, and mends it.')
  const ago = `${formatDuration(now - last.finishedAt.getTime())} ago`
  switch (last.outcome) {
    case 'agreed':
      return passed(`The last one ended ${ago}, and nothing differed from Clerk.`)
    case 'mended':
      return last.mendedRows < last.driftedRows
        ? warned(
            `The last one ended ${ago}. ${rows(last.driftedRows)} differed from Clerk, and only ${last.mendedRows} could be mended. Run \`pnpm rollcall reconcile\` again: it tells which.`,
          )
        : passed(`The last one ended ${ago}, and mended ${rows(last.mendedRows)}.`)
    case 'drifted':
      return warned(
        `The last one, a dry run, ended ${ago}: ${rows(last.driftedRows)} differ from Clerk. \`pnpm rollcall reconcile\` mends them.`,
      )
    case 'failed':
      return warned(
        `The last one failed ${ago}: ${last.error?.replace(/\.?$/, '.')} Mend that, and run \`pnpm rollcall reconcile\` again.`,
      )
  }
}

const rows = (count: number): string => (count === 1 ? '1 row' : `${count} rows`)
