import { writeStraight } from './baselines/straight.ts'
import { startBaseline, startWorker } from './bench.ts'
import { type Backlog, type Drained, drainBetween, openBullBacklog, ourBacklog } from './rig/backlog.ts'
import { signUps } from './rig/events.ts'
import type { NodeProcess, Variables } from './rig/node-process.ts'
import { microsEach, secondsSpent } from './rig/processor-time.ts'
import { bestOf } from './rig/statistics.ts'
import { type Figure, figuresOver, type Section } from './section.ts'

/** A part of the backlog suffices to compare settings. */
const TRIAL_SHARE = 0.2

/** Enough to tell settings apart that differ by a tenth, and a quarter of an hour at most. */
const SWEEP_ROUNDS = 3

interface Run extends Drained {
  /** Processor time for an event: of the worker alone, and with Redis and Postgres. */
  readonly ownMicros: number
  readonly allMicros: number
}

/** How fast a backlog is worked off, beside BullMQ alone, an upsert for each job, and Postgres alone. */
export const drain: Section = async (bench) => {
  const { backlog, bullConcurrency, upsertConcurrency, sweep } = bench.plan.drain
  await using bull = openBullBacklog(bench.servers.redis.url)
  const ours = ourBacklog(bench.queue)
  let labels = 0
  const newEvents = () => signUps(`D${String(labels++).padStart(4, '0')}`)

  async function measure(queue: Backlog, count: number, start: () => Promise<NodeProcess>): Promise<Run> {
    const warm = Math.min(bench.plan.drain.warm, count)
    await queue.pause()
    await queue.add(await newEvents(), 0, count + warm)
    await using worker = await start()
    const before = await secondsSpent(bench.servers, worker.pid)
    const drained = await drainBetween(queue, count, 0)
    const after = await secondsSpent(bench.servers, worker.pid)
    await worker.stop()
    return { ...drained, ...microsEach(before, after, count + warm) }
  }

  async function measureOurs(count: number, over: Variables = {}): Promise<Run> {
    const run = await measure(ours, count, () => startWorker(bench, over))
    const { rows } = await bench.database.query(
      `select count(*) filter (where outcome = 'applied') as applied from clerk.webhook_events`,
    )
    if (Number(rows[0].applied) < count) throw new Error(`of ${count} events only ${rows[0].applied} were applied`)
    await bench.clear()
    return run
  }

  async function measureBull(name: string, count: number, concurrency: number): Promise<Run & { concurrency: number }> {
    const run = await measure(bull, count, () => startBaseline(bench, name, { CONCURRENCY: String(concurrency) }))
    await bench.clear()
    return { ...run, concurrency }
  }

  async function bestConcurrency(name: string, tried: readonly number[]): Promise<number> {
    if (tried.length === 1) return tried[0]!
    const runs = []
    for (const concurrency of tried) runs.push(await measureBull(name, backlog * TRIAL_SHARE, concurrency))
    return bestOf(runs).concurrency
  }

  const idleBest = await bestConcurrency('idle-worker', bullConcurrency)
  const upsertBest = await bestConcurrency('upsert-worker', upsertConcurrency)
  bench.say(`  BullMQ's workers are best with ${idleBest} jobs in hand, those that upsert with ${upsertBest}`)

  const runs: { ours: Run; idle: Run; upsert: Run; straight: Drained }[] = []
  for (let round = 0; round < bench.plan.rounds; round++) {
    const run = {
      ours: await measureOurs(backlog),
      idle: await measureBull('idle-worker', backlog, idleBest),
      upsert: await measureBull('upsert-worker', backlog, upsertBest),
      straight: await writeStraight(bench, await newEvents(), backlog),
    }
    await bench.clear()
    runs.push(run)
    bench.say(
      `  ${Object.entries(run)
        .map(([side, { perSecond }]) => `${side} ${Math.round(perSecond)}/s`)
        .join(', ')}`,
    )
  }

  const swept = new Map<string, number[]>()
  for (let round = 0; round < SWEEP_ROUNDS; round++) {
    for (const setting of sweep) {
      const { batchSize, batchesInFlight, poolSize } = setting
      const { perSecond } = await measureOurs(backlog * TRIAL_SHARE, {
        BATCH_SIZE: String(batchSize),
        BATCHES_IN_FLIGHT: String(batchesInFlight),
        DATABASE_POOL_SIZE: String(poolSize),
      })
      const name = `${batchesInFlight} batches of ${batchSize} on ${poolSize} connections`
      swept.set(name, [...(swept.get(name) ?? []), perSecond])
      bench.say(`  ${name}: ${Math.round(perSecond)}/s`)
    }
  }
  await bench.database.query('drop table app_users')

  const against = (side: 'idle' | 'upsert') => runs.map((run) => run.ours.perSecond / run[side].perSecond)
  const figure = figuresOver(runs)
  return {
    figures: [
      figure('ours', '1/s', (run) => run.ours.perSecond),
      figure(`BullMQ, no work, ${idleBest} in hand`, '1/s', (run) => run.idle.perSecond),
      figure(`BullMQ, an upsert a job, ${upsertBest} in hand`, '1/s', (run) => run.upsert.perSecond),
      figure('straight from memory', '1/s', (run) => run.straight.perSecond),
      ...(['ours', 'idle', 'upsert'] as const).flatMap((side) => [
        figure(`${side}: processor, worker`, 'µs', (run) => run[side].ownMicros),
        figure(`${side}: processor, with Redis and Postgres`, 'µs', (run) => run[side].allMicros),
      ]),
      ...[...swept].map(([name, perSecond]): Figure => ({ what: `sweep: ${name}`, unit: '1/s', rounds: perSecond })),
    ],
    targets: [
      {
        id: 'drain.idle',
        what: 'drained, of a BullMQ worker that does nothing',
        limit: { atLeast: 0.75 },
        rounds: against('idle'),
      },
      {
        id: 'drain.upsert',
        what: 'drained, of one upsert per job',
        limit: { atLeast: 2.5 },
        rounds: against('upsert'),
      },
    ],
  }
}
