import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { WEBHOOK_PATH } from '@rollcall/receiver/config'
import { until } from '@rollcall/testkit/wait'
import { type Bench, startReceiver, startWorker } from './bench.ts'
import { signUps, svix } from './rig/events.ts'
import { type LoadReport, sendLoad } from './rig/load.ts'
import type { NodeProcess, Variables } from './rig/node-process.ts'
import { percentile } from './rig/statistics.ts'

/** As many as the targets of accepting are stated at. */
const CONNECTIONS = 64

/** A quiet hour of a busy app. */
export const QUIET_PER_SECOND = 50

/** What of a rate must be settled while it comes, and how many seconds of it may be waiting at the end, to be sustained. */
const SUSTAINED_SHARE = 0.97
const SUSTAINED_BACKLOG_SECONDS = 1

/** Generous for what a run leaves; a queue that is not worked off is a mistake. */
const SETTLED_MS = 600_000

/** What became of a load while receiver and worker both ran. */
export interface EndToEnd extends LoadReport {
  /** Events that were accepted and settled when the load ended, for each second of it. */
  readonly settledPerSecond: number
  /** Events that waited at that moment. */
  readonly left: number
  readonly workedOffSeconds: number
  /** From the receiver's taking it to the commit: as the worker logs it, since the ledger's applied_at is when that began. */
  readonly lagMs: { readonly p50: number; readonly p99: number; readonly max: number }
}

/** Receiver and worker as in production. */
export interface Pipeline extends AsyncDisposable {
  readonly receiver: NodeProcess
  readonly worker: NodeProcess
  /** With a pace, that; without one, as fast as so many connections are answered. Waits until everything is settled. */
  run(load: {
    readonly seconds: number
    readonly perSecond?: number
    readonly connections?: number
    readonly during?: () => Promise<void>
  }): Promise<EndToEnd>
}

export async function openPipeline(bench: Bench, label: string, over: Variables = {}): Promise<Pipeline> {
  await using opened = new AsyncDisposableStack()
  const receiver = opened.use(await startReceiver(bench, over))
  const worker = opened.use(await startWorker(bench, over))
  let runs = 0

  const left = async () => {
    const { waiting, active, delayed } = await bench.queue.counts()
    return waiting + active + delayed
  }

  const parts = opened.move()
  return {
    receiver,
    worker,
    async run({ seconds, perSecond, connections = CONNECTIONS, during }) {
      await bench.clear()
      const { size: logged } = await stat(worker.logFile)
      const report = await sendLoad({
        directory: bench.servers.directory,
        port: receiver.started.port,
        path: WEBHOOK_PATH,
        sign: svix(bench.secret),
        events: await signUps(`${label}${String(runs++).padStart(3, '0')}`),
        connections,
        seconds,
        perSecond,
        during,
      })
      const endedAt = performance.now()
      const leftThen = await left()
      await until(async () => (await left()) === 0, { timeoutMs: SETTLED_MS, what: 'everything is settled' })
      const workedOffSeconds = (performance.now() - endedAt) / 1_000
      const lags = await lagsIn(worker.logFile, logged)
      return {
        ...report,
        settledPerSecond: (report.requests - report.refusals - leftThen) / report.seconds,
        left: leftThen,
        workedOffSeconds,
        lagMs: { p50: percentile(lags, 0.5), p99: percentile(lags, 0.99), max: percentile(lags, 1) },
      }
    },
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  }
}

/** The highest rate at which what comes is settled as it comes, by bisection. */
export async function findSustained(pipeline: Pipeline, seconds: number, steps: number): Promise<number> {
  await pipeline.run({ seconds }) // warm
  const overloaded = await pipeline.run({ seconds })
  // Under overload the receiver takes from the worker what it could do more.
  let [low, high] = [overloaded.settledPerSecond, Math.max(overloaded.settledPerSecond, overloaded.perSecond)]
  for (let step = 0; step < steps; step++) {
    const perSecond = (low + high) / 2
    if (isSustained(perSecond, await pipeline.run({ seconds, perSecond }))) low = perSecond
    else high = perSecond
  }
  // Where the worker did nothing within a quick round's second.
  return Math.max(low, QUIET_PER_SECOND)
}

const isSustained = (perSecond: number, { settledPerSecond, left }: EndToEnd): boolean =>
  settledPerSecond >= SUSTAINED_SHARE * perSecond && left <= SUSTAINED_BACKLOG_SECONDS * perSecond

/** Of the events that were settled since the log had so many bytes. */
async function lagsIn(logFile: string, from: number): Promise<readonly number[]> {
  const lags: number[] = []
  for await (const line of createInterface({ input: createReadStream(logFile, { start: from }) })) {
    if (line.includes('"event.settled"')) lags.push((JSON.parse(line) as { waitedMs: number }).waitedMs)
  }
  return lags
}
