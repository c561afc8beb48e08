import { resources } from '@rollcall/resources/registry'
import fc from 'fast-check'
import { type FuzzedBody, fuzzedBodies } from './bodies.ts'
import { type Exchange, exchanges } from './exchanges.ts'
import { type GoodSender, startGoodSender } from './good-sender.ts'
import { type Played, play } from './play.ts'
import { MEGABYTE } from './requests.ts'
import { countedAs, newTally, type Tally } from './tally.ts'
import { type Watched, watchReceiver } from './watch-receiver.ts'

/** A receiver process, and what it verifies with. */
export interface Target {
  readonly port: number
  readonly opsPort: number
  readonly secret: string
}

export interface Received {
  /** Connections by their kind, and what was answered on each. */
  readonly tally: Tally
  readonly requests: number
  /** Messages that were answered 200: each must end in the ledger. */
  readonly acknowledged: readonly string[]
  readonly good: GoodSender
  readonly watched: Watched
}

/** Made at once: signatures are good for five minutes, and a seed finds them again. */
const STEP_SIZE = 500

/** What is answered, besides 2xx and 4xx: that the queue is away. A 100 says that a body may come. */
const isAllowed = (status: number): boolean => status === 100 || status === 503 || /^[24]/.test(`${status}`)

/** Sends so many connections' worth of whatever. Throws where an answer is none that may be, or no answer where one must be. */
export async function receiveRound(
  target: Target,
  plan: { readonly count: number; readonly seed: number; readonly atOnce: number },
  say: (text: string) => void,
): Promise<Received> {
  const tally = newTally()
  const acknowledged: string[] = []
  let requests = 0
  const watch = watchReceiver(target.opsPort)
  const good = startGoodSender(target.port, target.secret)
  const arbitrary = exchanges(target.secret, receivedBodies)

  for (let from = 0; from < plan.count; from += STEP_SIZE) {
    const seed = plan.seed + from
    const step = fc.sample(arbitrary, { seed, numRuns: Math.min(STEP_SIZE, plan.count - from) })
    const left = step.entries()
    await Promise.all(
      Array.from({ length: plan.atOnce }, async () => {
        for (const [i, exchange] of left) {
          const played = await play(target.port, exchange).catch((cause) => {
            throw new Error(told(exchange, `seed ${seed}, number ${i}`), { cause })
          })
          const wrong = whatIsWrong(exchange, played)
          if (wrong) throw new Error(told(exchange, `seed ${seed}, number ${i}: ${wrong}`))
          countedAs(tally, exchange.kind, played.statuses.join(' ') || 'closed', played.tookMs)
          requests += exchange.requests?.length ?? 1
          acknowledged.push(...acknowledgedIn(exchange, played))
        }
      }),
    )
    if (from % (STEP_SIZE * 20) === 0) say(`receiver: ${(from + step.length).toLocaleString('en')} connections`)
  }
  return { tally, requests, acknowledged, good: await good.stop(), watched: await watch.stop() }
}

/** A limit is met exactly, by a byte too few and by one too many. */
const atTheLimit: fc.Arbitrary<FuzzedBody> = fc
  .constantFrom(MEGABYTE - 1, MEGABYTE, MEGABYTE + 1, 2 * MEGABYTE)
  .map((length) => ({ kind: 'at the limit', raw: Buffer.alloc(length, 'x') }))

const receivedBodies = fc.oneof(
  { weight: 400, arbitrary: fuzzedBodies(resources, { hugeOnceIn: 2_000, worlds: 1_000 }) },
  { weight: 1, arbitrary: atTheLimit },
)

function whatIsWrong({ requests, ending }: Exchange, { statuses }: Played): string | undefined {
  const forbidden = statuses.find((status) => !isAllowed(status))
  if (forbidden !== undefined) return `answered ${forbidden}`
  // Where the queue stood still for too long, what would be taken is answered 503 [R3].
  const wanted = requests?.map(({ status }, i) => (status === 200 && statuses[i] === 503 ? 503 : status))
  if (ending !== 'asked' || !wanted || wanted.join() === statuses.join()) return undefined
  return `answered ${statuses.join(' ') || 'nothing'} instead of ${wanted.join(' ')}`
}

const acknowledgedIn = ({ requests }: Exchange, { statuses }: Played): readonly string[] =>
  (requests ?? []).flatMap(({ messageId }, i) => (messageId !== undefined && statuses[i] === 200 ? [messageId] : []))

const MOST_SHOWN = 3_000

const told = ({ kind, pieces, ending }: Exchange, what: string): string =>
  `${what}; ${kind}, ${ending}: ${JSON.stringify(pieces.map((piece) => piece.toString('latin1').slice(0, MOST_SHOWN)))}`
