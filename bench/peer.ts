import { startBaseline } from './bench.ts'
import { type EndToEnd, findSustained, openPipeline } from './end-to-end.ts'
import { type LoadReport, sendLoad } from './rig/load.ts'
import { customerUpdates, stripe } from './rig/stripe-events.ts'
import { figuresOver, type Section } from './section.ts'

const CONNECTIONS = 64
const STRIPE_SECRET = 'whsec_benchmark'

interface Round {
  readonly ours: EndToEnd
  readonly peer: LoadReport
}

/** Our nearest relative, on the same Postgres with bodies of the same size: accepted and written, and p99 of the answer. */
export const peer: Section = async (bench) => {
  const { seconds } = bench.plan.peer
  const { searchSeconds, searches } = bench.plan.both
  await using opened = new AsyncDisposableStack()
  const app = opened.use(await startBaseline(bench, 'stripe-app', { STRIPE_WEBHOOK_SECRET: STRIPE_SECRET }))
  const pipeline = opened.use(await openPipeline(bench, 'P'))

  async function sendToPeer(round: number, forSeconds: number): Promise<LoadReport> {
    const report = await sendLoad({
      directory: bench.servers.directory,
      port: app.started.port,
      path: '/webhooks',
      sign: stripe(STRIPE_SECRET),
      events: customerUpdates(`R${String(round).padStart(3, '0')}`),
      connections: CONNECTIONS,
      seconds: forSeconds,
    })
    if (report.refusals > 0) throw new Error(`the peer refused ${report.refusals} of ${report.requests}`)
    return report
  }

  const perSecond = await findSustained(pipeline, searchSeconds, searches)
  await sendToPeer(0, 1)
  const rounds: Round[] = []
  for (let round = 1; round <= bench.plan.rounds; round++) {
    rounds.push({ ours: await pipeline.run({ seconds, perSecond }), peer: await sendToPeer(round, seconds) })
    const { ours, peer: theirs } = rounds.at(-1)!
    bench.say(`  ours ${Math.round(ours.settledPerSecond)}/s, stripe-sync-engine ${Math.round(theirs.perSecond)}/s`)
  }
  await bench.database.query('drop schema stripe cascade')
  await bench.clear()

  const figure = figuresOver(rounds)
  return {
    figures: [
      figure('ours: accepted and written', '1/s', ({ ours }) => ours.settledPerSecond),
      figure('ours: p99 of the answer', 'ms', ({ ours }) => ours.p99Ms),
      figure('ours: p99 until it is written', 'ms', ({ ours }) => ours.lagMs.p99),
      figure('stripe-sync-engine: accepted and written', '1/s', (round) => round.peer.perSecond),
      figure('stripe-sync-engine: p99 of the answer', 'ms', (round) => round.peer.p99Ms),
      figure('ours, of stripe-sync-engine', 'ratio', (round) => round.ours.settledPerSecond / round.peer.perSecond),
    ],
    targets: [],
  }
}
