import { WEBHOOK_PATH } from '@rollcall/receiver/config'
import { type Bench, startBaseline, startReceiver } from './bench.ts'
import { signUps, svix } from './rig/events.ts'
import { type LoadReport, sendLoad } from './rig/load.ts'
import type { NodeProcess } from './rig/node-process.ts'
import { microsEach, secondsSpent } from './rig/processor-time.ts'
import type { Figure, Section } from './section.ts'
import type { Target } from './target.ts'

/** Where the targets are stated. */
const STATED_AT = 64

/** Twice what the fastest of them answered on a core of a laptop, which does nothing but verify. */
const SIGNED_PER_SECOND = 60_000

const SIDES = {
  ours: startReceiver,
  upsert: (bench: Bench) => startBaseline(bench, 'upsert-app'),
  answer: (bench: Bench) => startBaseline(bench, 'answer-app'),
  'answer, our verifier': (bench: Bench) => startBaseline(bench, 'our-verifier-app'),
  'queue.add': (bench: Bench) => startBaseline(bench, 'queue-add-app'),
} as const

type Side = keyof typeof SIDES

interface Run extends LoadReport {
  readonly side: Side
  readonly connections: number
  /** Of the app alone, and with Redis and Postgres. */
  readonly ownMicros: number
  readonly allMicros: number
}

/** How fast webhooks are taken, beside what apps do otherwise. */
export const accept: Section = async (bench) => {
  const { connections, seconds, warmSeconds } = bench.plan.accept
  await using opened = new AsyncDisposableStack()
  const apps = new Map<Side, NodeProcess>()
  for (const side of Object.keys(SIDES) as Side[]) apps.set(side, opened.use(await SIDES[side](bench)))
  let runs = 0

  async function measure(side: Side, open: number, forSeconds: number): Promise<Run> {
    const app = apps.get(side)!
    const before = await secondsSpent(bench.servers, app.pid)
    const report = await sendLoad({
      directory: bench.servers.directory,
      port: app.started.port,
      path: WEBHOOK_PATH,
      sign: svix(bench.secret),
      events: await signUps(`A${String(runs++).padStart(4, '0')}`),
      connections: open,
      seconds: forSeconds,
      signedPerSecond: SIGNED_PER_SECOND,
    })
    const after = await secondsSpent(bench.servers, app.pid)
    await bench.clear()
    // A disk that stood still for all of a quick round's second.
    if (report.requests === 0) return measure(side, open, forSeconds)
    if (report.refusals + report.unanswered > 0) throw new Error(`${side} refused: ${JSON.stringify(report)}`)
    return { ...report, side, connections: open, ...microsEach(before, after, report.requests) }
  }

  const measured: Run[] = []
  for (const side of apps.keys()) await measure(side, STATED_AT, warmSeconds)
  for (let round = 0; round < bench.plan.rounds; round++) {
    for (const open of connections) {
      for (const side of apps.keys()) {
        const run = await measure(side, open, seconds)
        measured.push(run)
        bench.say(`  ${open} connections, ${side}: ${Math.round(run.perSecond)}/s, p99 ${run.p99Ms.toFixed(1)} ms`)
      }
    }
  }
  await bench.database.query('drop table app_users')
  return { figures: figuresOf(measured), targets: targetsOf(measured) }
}

const MEASURES = [
  ['requests', '1/s', 'perSecond'],
  ['p50', 'ms', 'p50Ms'],
  ['p99', 'ms', 'p99Ms'],
  ['p999', 'ms', 'p999Ms'],
  ['processor, app', 'µs', 'ownMicros'],
  ['processor, with Redis and Postgres', 'µs', 'allMicros'],
] as const satisfies readonly (readonly [string, string, keyof Run])[]

function figuresOf(measured: readonly Run[]): readonly Figure[] {
  const groups = Map.groupBy(measured, ({ side, connections }) => `${connections} connections, ${side}`)
  return [...groups].flatMap(([group, runs]) =>
    MEASURES.map(([name, unit, measure]) => ({
      what: `${group}: ${name}`,
      unit,
      rounds: runs.map((run) => run[measure]),
    })),
  )
}

function targetsOf(measured: readonly Run[]): readonly Target[] {
  const at = measured.filter(({ connections }) => connections === STATED_AT)
  const of = (side: Side) => at.filter((run) => run.side === side)
  const ratios = (measure: 'perSecond' | 'p99Ms', against: Side) =>
    of('ours').map((run, round) => run[measure] / of(against)[round]![measure])
  return [
    {
      id: 'accept.upsert',
      what: 'accepted, of an upsert before each answer',
      limit: { atLeast: 2.5 },
      rounds: ratios('perSecond', 'upsert'),
    },
    {
      id: 'accept.p99',
      what: 'p99 of accepting, of the same',
      limit: { atMost: 0.4 },
      rounds: ratios('p99Ms', 'upsert'),
    },
    {
      id: 'accept.answer',
      what: 'accepted, of answers with our verifier and nothing behind',
      limit: { atLeast: 0.75 },
      rounds: ratios('perSecond', 'answer, our verifier'),
    },
  ]
}
