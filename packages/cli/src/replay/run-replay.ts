import type { EventSearch } from '@rollcall/mirror/event-search'
import { type ReplaySummary, replay } from '@rollcall/operations/replay'
import { REASONS, type Retried } from '@rollcall/operations/run-again'
import { commandActor } from '../actor.ts'
import type { Terminal } from '../command.ts'
import { oneLine } from '../one-line.ts'
import { createProgressReport } from '../progress.ts'
import { formatTable } from '../table.ts'
import { withPipeline } from '../with-pipeline.ts'
import { wrap } from '../wrap.ts'

export interface ReplayCall {
  readonly search: EventSearch
  /** Messages that were named are each answered for; of a search there is a summary. */
  readonly areNamed: boolean
  readonly dryRun: boolean
  readonly ratePerSecond: number | undefined
  readonly json: boolean
}

/** Of messages that cannot be run again as many are told of as people read; the others are counted. */
const MOST_TOLD = 20

/** Runs events again and says what became of them. Answers 0 if something could be done for each. */
export async function runReplay(call: ReplayCall, terminal: Terminal): Promise<number> {
  const report = createProgressReport(terminal.progress, () => performance.now())
  let told = 0
  const tell = (retried: readonly Retried[]) => {
    for (const each of retried) {
      if (call.areNamed) terminal.print(call.json ? JSON.stringify(asJson(each, call)) : sentence(each, call))
      else if (each.because && !call.json && told++ < MOST_TOLD) report.say(sentence(each, call))
    }
  }
  const summary = await withPipeline(terminal, (pipeline, stop) =>
    replay(pipeline, call.search, {
      actor: commandActor(),
      dryRun: call.dryRun,
      ratePerSecond: call.ratePerSecond,
      stop,
      // Those that were named are told of one by one.
      onProgress: (done, total) => call.areNamed || report.show(call.dryRun ? 'looked at' : 'replayed', done, total),
      onRetried: tell,
    }).finally(() => report.end()),
  )
  if (call.areNamed) return exitCode(summary)
  if (call.json) terminal.print(JSON.stringify({ dryRun: call.dryRun, ...summary }))
  else for (const line of describe(summary, call.dryRun, terminal.columns)) terminal.print(line)
  return exitCode(summary)
}

const exitCode = ({ isStopped, unplayable }: ReplaySummary): number =>
  isStopped || Object.keys(unplayable).length > 0 ? 1 : 0

const sentence = (retried: Retried, call: ReplayCall): string => `${oneLine(retried.id)}: ${whatOf(retried, call)}`

const asJson = (retried: Retried, call: ReplayCall) => ({
  id: retried.id,
  replayed: retried.ran,
  because: retried.because,
  message: whatOf(retried, call),
})

function whatOf({ ran, because }: Retried, { dryRun }: ReplayCall): string {
  if (ran === 'event') return dryRun ? 'its event would be put on the queue again.' : 'its event is on the queue again.'
  if (ran === 'handler') return dryRun ? 'its handler would be due again.' : 'its handler is due again.'
  return `not run again. ${because ? REASONS[because] : ''}`
}

function describe(summary: ReplaySummary, isDryRun: boolean, columns: number | undefined): readonly string[] {
  const { selected, events, handlers, unplayable, isStopped } = summary
  if (selected === 0) return ['There are no such events.']
  const rows = [
    [isDryRun ? 'events that would be put on the queue' : 'events put on the queue', String(events)],
    [isDryRun ? 'handlers that would be due again' : 'handlers due again', String(handlers)],
    ...Object.entries(unplayable).map(([because, count]) => [NOT_RUN[because as keyof typeof NOT_RUN], String(count)]),
  ].filter(([, count]) => count !== '0')
  const next = isDryRun
    ? 'Nothing was done: this was a dry run.'
    : events > 0
      ? '`pnpm rollcall status` shows what waits. What was applied before is not changed by being replayed.'
      : undefined
  return [
    ...formatTable(['of those that were chosen', String(selected)], rows as string[][], columns),
    '',
    ...(isStopped ? ['Stopped before the end. What is on the queue stays there.'] : []),
    ...(next ? wrap(next, columns) : []),
  ]
}

const NOT_RUN: Readonly<Record<NonNullable<Retried['because']>, string>> = {
  unknown: 'not in the ledger',
  body_gone: 'whose body is gone',
  body_not_kept: 'settled, without a kept body',
  handler_waits: 'whose handler waits already',
  gone_meanwhile: 'that somebody else took meanwhile',
}
