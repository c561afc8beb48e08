import { type ReconcileResult, reconcile as runReconcile } from '@rollcall/clerk/reconcile'
import { locateQueue } from '@rollcall/queue/open-queue'
import type { Command } from '../command.ts'
import { formatDuration } from '../duration.ts'
import { createProgressReport, type ProgressReport } from '../progress.ts'
import { reconcileReport } from '../reconcile/report.ts'
import { withClerk } from '../with-clerk.ts'
import { withQueue } from '../with-queue.ts'

export const reconcile: Command = {
  summary: 'Compares the mirror with Clerk, and mends what webhooks lost.',
  usage: '[--dry-run] [--json]',
  options: { 'dry-run': { type: 'boolean' }, json: { type: 'boolean' } },
  help: {
    'dry-run': 'look only; exits 1 if anything differs',
    json: 'print what was found as JSON',
  },
  notes: [
    'Rows are compared with everything that Clerk lists. What the list does not have is asked for by itself before it is',
    'marked as deleted. It takes CLERK_API_RATE_SHARE percent of the limit on requests to Clerk. `schedule` in',
    "rollcall.config.ts's `reconcile` has the worker do it by itself.",
  ],
  examples: [
    { call: 'reconcile --dry-run', shows: 'tells what differs, and changes nothing' },
    { call: 'reconcile', shows: 'mends it' },
  ],
  words: [0, 0],
  run(call, terminal) {
    const report = createProgressReport(terminal.progress, () => performance.now())
    const dryRun = call.options['dry-run'] === true
    const stopped = `${dryRun ? 'Nothing was changed' : 'What was mended by then stays'}; run the command again to begin anew.`
    return withClerk(terminal, stopped, async ({ installation, ...opened }) => {
      const location = locateQueue(installation)
      const result = await runReconcile({
        ...opened,
        dryRun,
        startedBy: 'command',
        removeFailed: (messageIds) => withQueue(location, (queue) => queue.removeFailed(messageIds)),
        watch: watchWith(report),
      }).finally(() => report.end())
      if (call.options.json) terminal.print(JSON.stringify({ instance: opened.instance.id, dryRun, ...result }))
      else for (const line of reconcileReport(result, terminal.columns)) terminal.print(line)
      return exitCode(result)
    })
  },
}

const watchWith = (report: ProgressReport) => ({
  progressed: report.show,
  waiting: (rows: number, milliseconds: number) =>
    report.say(
      `Waiting ${formatDuration(milliseconds)} for events that may be under way, to look again at what Clerk no longer has (${rows}).`,
    ),
})

/** What is left to do by somebody is no success: drift that was only looked at, or what cannot be mirrored. */
const exitCode = ({ outcome, drift }: ReconcileResult): number =>
  outcome === 'drifted' || Object.values(drift).some(({ failed }) => failed > 0) ? 1 : 0
