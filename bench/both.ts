import { WEBHOOK_PATH } from '@rollcall/receiver/config'
import { startBaseline } from './bench.ts'
import { type EndToEnd, findSustained, openPipeline, QUIET_PER_SECOND } from './end-to-end.ts'
import { signUps, svix } from './rig/events.ts'
import { type LoadReport, sendLoad } from './rig/load.ts'
import { figuresOver, type Section } from './section.ts'

const CONNECTIONS = 64

interface Round {
  readonly ours: EndToEnd
  readonly upsert: LoadReport
  readonly quiet: EndToEnd
}

/** Receiver and worker at once on the same cores: what they sustain, how far behind they are, and how far on a quiet day. */
export const both: Section = async (bench) => {
  const { seconds, searchSeconds, searches, quietSeconds } = bench.plan.both
  await using opened = new AsyncDisposableStack()
  const pipeline = opened.use(await openPipeline(bench, 'B'))
  const app = opened.use(await startBaseline(bench, 'upsert-app'))
  const upsert = async (round: number): Promise<LoadReport> =>
    sendLoad({
      directory: bench.servers.directory,
      port: app.started.port,
      path: WEBHOOK_PATH,
      sign: svix(bench.secret),
      events: await signUps(`U${String(round).padStart(3, '0')}`),
      connections: CONNECTIONS,
      seconds,
    })

  const perSecond = await findSustained(pipeline, searchSeconds, searches)
  const rounds: Round[] = []
  for (let round = 0; round < bench.plan.rounds; round++) {
    const measured = {
      ours: await pipeline.run({ seconds, perSecond }),
      upsert: await upsert(round),
      quiet: await pipeline.run({ seconds: quietSeconds, perSecond: QUIET_PER_SECOND, connections: 4 }),
    }
    rounds.push(measured)
    const { ours, quiet } = measured
    bench.say(
      `  ours ${Math.round(ours.settledPerSecond)}/s of ${Math.round(perSecond)}/s with ${ours.left} left and a lag of ${ours.lagMs.p99} ms (p99), upsert ${Math.round(measured.upsert.perSecond)}/s, quiet ${quiet.lagMs.p99} ms (p99)`,
    )
  }
  await bench.clear()
  await bench.database.query('drop table app_users')

  const figure = figuresOver(rounds)
  const lags = (what: string, of: (round: Round) => EndToEnd) => [
    figure(`${what}: lag p50`, 'ms', (round) => of(round).lagMs.p50),
    figure(`${what}: lag p99`, 'ms', (round) => of(round).lagMs.p99),
    figure(`${what}: highest lag`, 'ms', (round) => of(round).lagMs.max),
  ]
  return {
    figures: [
      figure('ours: settled', '1/s', ({ ours }) => ours.settledPerSecond),
      figure('ours: waiting at the end', 'events', ({ ours }) => ours.left),
      figure('ours: p99 of accepting', 'ms', ({ ours }) => ours.p99Ms),
      ...lags('ours', ({ ours }) => ours),
      figure('upsert before the answer: written', '1/s', ({ upsert }) => upsert.perSecond),
      figure('upsert before the answer: p99', 'ms', ({ upsert }) => upsert.p99Ms),
      ...lags(`${QUIET_PER_SECOND} a second`, ({ quiet }) => quiet),
    ],
    targets: [
      {
        id: 'both.sustained',
        what: 'accepted and settled at once, of an upsert before each answer',
        limit: { atLeast: 1.5 },
        rounds: rounds.map(({ ours, upsert }) => ours.settledPerSecond / upsert.perSecond),
      },
      {
        id: 'both.quiet',
        what: `p99 of the lag at ${QUIET_PER_SECOND} events a second`,
        limit: { atMost: 50 },
        unit: 'ms',
        rounds: rounds.map(({ quiet }) => quiet.lagMs.p99),
      },
    ],
  }
}
