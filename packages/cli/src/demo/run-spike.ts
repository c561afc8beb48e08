import { pause } from '@rollcall/shared/deadline'
import { createLog } from '@rollcall/shared/log'
import { runPipeline } from '../start/run-pipeline.ts'
import { openScratch } from '../start/scratch.ts'
import { withMirror } from '../with-mirror.ts'
import { type Arrival, arrivalsOf, countLate } from './arrivals.ts'
import { createBodies } from './bodies.ts'
import { figuresOf, type Passage } from './course.ts'
import type { Live } from './live.ts'
import { expectedRow, type Life, livesOf } from './lives.ts'
import { breakPostgres, type Outage } from './outage.ts'
import { seededRandom } from './random.ts'
import { countOutcomes, type LedgerEvent, readLedger, wrongRows } from './read-ledger.ts'
import type { SpikeResult } from './report.ts'
import { sendSpike } from './send-spike.ts'
import { readSettledEvents, type SettledEvents } from './settled-events.ts'

/** What a run came to, and how it went. */
export interface Spike {
  readonly result: SpikeResult
  readonly passages: readonly Passage[]
  readonly beganAt: number
  readonly endedAt: number
  readonly outage: Outage
}

const USERS = 2_000

/** Long enough to be followed, and short enough that all of it, servers included, takes less than a minute. */
const SPIKE_MS = 10_000
const OUTAGE = { afterMs: 4_000, forMs: 3_000 } as const

/** The same spike each time, so that one can be compared with another. */
const SEED = 2_026

const SHOWN_EVERY_MS = 100

/** Longer than an event is ever left to a lock, which is one and a half of its life, 30 s: whatever comes after that is lost. */
const STALLED_MS = 60_000

/** Runs a spike against servers of its own, which are gone when it ends. Rejects with the reason of `stop` once that aborts. */
export async function runSpike(live: Live, stop: AbortSignal): Promise<Spike> {
  await using opened = new AsyncDisposableStack()
  live.say('Starting Postgres, a queue, a receiver and a worker on scratch data…')
  const { folder, postgres, queue, environment } = await openScratch(opened)
  stop.throwIfAborted()
  const settled = readSettledEvents()
  const { webhookUrl, installation } = await runPipeline(
    environment,
    folder,
    (name) =>
      name === 'worker'
        ? createLog({ level: 'info', process: name, destination: settled.destination })
        : createLog({ level: 'silent', process: name }),
    opened,
  )
  stop.throwIfAborted()

  const random = seededRandom(SEED)
  const lives = livesOf(USERS, SPIKE_MS, random)
  const arrivals = arrivalsOf(lives, random)
  live.say(
    `${USERS.toLocaleString('en')} users sign up within ${SPIKE_MS / 1_000} s; the queue is in ${queue === 'redis' ? 'Redis' : 'Postgres'}.`,
  )

  const accepted = { messageIds: new Set<string>(), deliveries: 0, refused: 0 }
  const giveUp = new AbortController()
  const ended = AbortSignal.any([stop, giveUp.signal])
  const beganAt = Date.now()
  const secondsIn = () => (Date.now() - beganAt) / 1_000
  const sending = sendSpike({
    arrivals,
    webhookUrl,
    secret: environment.CLERK_WEBHOOK_SIGNING_SECRET,
    bodyOf: await createBodies(beganAt),
    watch: {
      accepted({ messageId }) {
        accepted.messageIds.add(messageId)
        accepted.deliveries += 1
      },
      refused() {
        accepted.refused += 1
      },
    },
    stop: ended,
  })
  const breaking = breakPostgres(postgres, OUTAGE, ended, (state) =>
    live.say(
      `${secondsIn().toFixed(1).padStart(4)} s  ${state === 'killed' ? 'Postgres is killed, with kill -9.' : 'Postgres is back.'}`,
    ),
  )
  try {
    await watchSpike({ live, arrivals, accepted, settled, secondsIn, giveUp, ended })
  } finally {
    giveUp.abort()
    // Postgres is started again whatever happened, so that it can be stopped in order.
    await Promise.all([sending, breaking])
    live.end()
  }
  stop.throwIfAborted()
  live.say('Comparing every row with the ordered history…')
  const outage = (await breaking)!
  return await withMirror(installation, async (mirror) => {
    const ledger = await readLedger(mirror)
    const wrong = await wrongRows(mirror, lives.map(expectedRow))
    const endedAt = Math.max(outage.to, ...ledger.map(({ appliedAt }) => appliedAt))
    const result = resultOf({ lives, arrivals, accepted, ledger, wrong, outage, queue })
    return { result, passages: ledger, beganAt, endedAt, outage }
  })
}

interface Accepted {
  readonly messageIds: ReadonlySet<string>
  readonly deliveries: number
  readonly refused: number
}

/** Shows how it stands until every event is settled that was sent; gives up where nothing moves any more. */
async function watchSpike(options: {
  readonly live: Live
  readonly arrivals: readonly Arrival[]
  readonly accepted: Accepted
  readonly settled: SettledEvents
  readonly secondsIn: () => number
  readonly giveUp: AbortController
  readonly ended: AbortSignal
}): Promise<void> {
  const { live, arrivals, accepted, settled, secondsIn, giveUp, ended } = options
  let moved = { count: 0, at: performance.now() }
  while (!ended.aborted) {
    const isAllSent = accepted.deliveries === arrivals.length
    const waiting = accepted.messageIds.size - settled.messageIds.size
    live.show({
      seconds: secondsIn(),
      sent: accepted.deliveries,
      settled: settled.messageIds.size,
      waiting: Math.max(0, waiting), // an event may be settled before its sender has the answer
      isDatabaseAway: settled.isPaused,
    })
    if (isAllSent && waiting === 0) return
    const count = accepted.deliveries + settled.messageIds.size
    if (count !== moved.count) moved = { count, at: performance.now() }
    else if (performance.now() - moved.at > STALLED_MS) giveUp.abort()
    await pause(SHOWN_EVERY_MS, ended)
  }
}

function resultOf(options: {
  readonly lives: readonly Life[]
  readonly arrivals: readonly Arrival[]
  readonly accepted: Accepted
  readonly ledger: readonly LedgerEvent[]
  readonly wrong: readonly string[]
  readonly outage: Outage
  readonly queue: SpikeResult['queue']
}): SpikeResult {
  const { lives, arrivals, accepted, ledger, wrong, outage, queue } = options
  const inLedger = new Set(ledger.map(({ id }) => id))
  const receivedByThen = ledger.filter(({ receivedAt }) => receivedAt <= outage.to)
  return {
    users: lives.length,
    events: lives.flat().length,
    deliveries: accepted.deliveries,
    duplicates: accepted.deliveries - accepted.messageIds.size,
    refused: accepted.refused,
    late: countLate(arrivals),
    outcomes: countOutcomes(ledger),
    lost: [...accepted.messageIds].filter((id) => !inLedger.has(id)).length,
    wrongRows: wrong,
    figures: figuresOf(ledger),
    outageMs: outage.to - outage.from,
    caughtUpMs: Math.max(0, ...receivedByThen.map(({ appliedAt }) => appliedAt - outage.to)),
    queue,
  }
}
