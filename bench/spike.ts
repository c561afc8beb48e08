import { setTimeout as sleep } from 'node:timers/promises'
import type { Bench } from './bench.ts'
import { type EndToEnd, openPipeline } from './end-to-end.ts'
import { highestMegabytes } from './rig/memory.ts'
import { figuresOver, type Section } from './section.ts'
import { memoryTargets } from './target.ts'

/** Senders that do not wait for each other, as many as a burst of Svix's. */
const CONNECTIONS = 256

/** So that neither process is new to its work. */
const WARM = { seconds: 1, perSecond: 500 }

interface Round {
  readonly spike: EndToEnd
  readonly receiverMegabytes: number
  readonly workerMegabytes: number
}

/** A burst of sign-ups during which Postgres is stopped, really, and started again. */
export const spike: Section = async (bench) => {
  const { events, seconds } = bench.plan.spike
  const rounds: Round[] = []
  for (let round = 0; round < bench.plan.rounds; round++) {
    await using pipeline = await openPipeline(bench, `S${round}`)
    await pipeline.run(WARM)
    const measured = await pipeline.run({
      seconds,
      perSecond: events / seconds,
      connections: CONNECTIONS,
      during: () => outage(bench),
    })
    await requireSettled(bench, measured)
    rounds.push({
      spike: measured,
      receiverMegabytes: await highestMegabytes(pipeline.receiver.pid),
      workerMegabytes: await highestMegabytes(pipeline.worker.pid),
    })
    const { refusals, unanswered, workedOffSeconds, lagMs } = measured
    bench.say(
      `  ${events} in ${measured.seconds.toFixed(1)} s, ${refusals + unanswered} not taken, worked off ${workedOffSeconds.toFixed(1)} s later, highest lag ${lagMs.max} ms`,
    )
  }
  await bench.clear()

  const figure = figuresOver(rounds)
  return {
    figures: [
      figure('sent in', 's', (round) => round.spike.seconds),
      figure('p99 of accepting', 'ms', (round) => round.spike.p99Ms),
      figure('waiting when the last was accepted', 'events', (round) => round.spike.left),
      figure('worked off after that', 's', (round) => round.spike.workedOffSeconds),
      figure('highest lag', 'ms', (round) => round.spike.lagMs.max),
    ],
    targets: [
      {
        id: 'spike.answers',
        what: 'answers other than 2xx',
        limit: { atMost: 0 },
        mustHold: 'in every round',
        rounds: rounds.map((round) => round.spike.refusals + round.spike.unanswered),
      },
      ...memoryTargets(
        'spike',
        rounds.map((round) => ({ receiver: round.receiverMegabytes, worker: round.workerMegabytes })),
      ),
    ],
  }
}

async function outage({ plan, servers }: Bench): Promise<void> {
  const { outageFrom, outageSeconds } = plan.spike
  await sleep(outageFrom * 1_000)
  const until = performance.now() + outageSeconds * 1_000
  await servers.postgres.stop()
  await sleep(until - performance.now())
  await servers.postgres.start()
}

/** What was answered 2xx is in the ledger, or all of this means nothing. */
async function requireSettled({ database }: Bench, { requests, refusals }: EndToEnd): Promise<void> {
  const { rows } = await database.query('select count(*) from clerk.webhook_events')
  const accepted = requests - refusals
  if (Number(rows[0].count) < accepted) throw new Error(`of ${accepted} accepted events ${rows[0].count} are settled`)
}
