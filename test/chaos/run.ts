import { playersOf } from './arena.ts'
import { leaksOf, type Measured, measureAtRest, measureQuiet } from './footprint.ts'
import { type Loss, loseTheLastSeconds, mendLoss } from './loss.ts'
import { faultsUntil, openRound, type Round, type RoundOptions } from './round.ts'
import { type Accounts, audit, describeWrong, untilHandled, untilQueueIsEmpty, wrongRows } from './verdict.ts'

/** What came of a round. */
export interface Outcome {
  readonly round: Round
  /** What the processes held before the faults, and when those were over that one pair lived through. */
  readonly before: Measured
  readonly after: Measured
  /** While Redis synced every write: messages that are lost, and rows that are wrong. */
  readonly lostSynced: number
  readonly wrongSynced: number
  readonly loss: Loss
  readonly accounts: Accounts
}

/** Shares of the events after which the parts of a run end. */
const SPARING_UNTIL = 0.65
const UNSPARING_UNTIL = 0.92

/** At rest within seconds; a machine under load takes its time. */
const WARM_WITHIN_MS = 180_000

/** Breaks everything while events flow [O10] [O11] [O12]. What may not be is in the round's `wrong`. */
export async function runChaos(options: RoundOptions, onOpen: (round: Round) => void): Promise<Outcome> {
  const { plan } = options
  const round = await openRound(options)
  onOpen(round)
  const { arena, sender, tracker, wrong } = round
  await sender.sendUntil(() => tracker.count >= plan.warmUpEvents)
  await tracker.untilSettled(tracker.count, WARM_WITHIN_MS)
  const before = await measureAtRest(arena)

  round.phase = 'faults, one pair lives'
  await faultsUntil(round, Math.floor(plan.events * SPARING_UNTIL), true)
  round.phase = 'coming to rest'
  const synced = await judgeSynced(round)
  const after = await measureQuiet(arena, before)
  wrong.push(...leaksOf(before, after))

  round.phase = 'faults, nobody is spared'
  await faultsUntil(round, Math.floor(plan.events * UNSPARING_UNTIL), false)
  round.phase = 'power cuts'
  await loseTheLastSeconds(round)
  round.phase = 'mending'
  const loss = await mendLoss(round)
  const accounts = await judgeAll(round)
  return { round, before, after, lostSynced: synced.lost, wrongSynced: synced.wrongRows, loss, accounts }
}

/** While Redis syncs every write nothing may be lost and no row wrong. Handlers have time until the end. */
async function judgeSynced({
  sender,
  arena,
  tracker,
  oracle,
  wrong,
}: Round): Promise<{ readonly lost: number; readonly wrongRows: number }> {
  await sender.untilAccepted()
  await untilQueueIsEmpty(arena)
  const { lost, complaints } = await audit(arena, tracker.acceptances)
  const rows = await wrongRows(arena.database, oracle)
  wrong.push(...complaints, ...lost.map((id) => `${id} was accepted and is lost`), ...rows.map(describeWrong))
  return { lost: lost.length, wrongRows: rows.length }
}

/** In the end each event in the ledger has been handled once, and nobody has complained. */
async function judgeAll({ arena, tracker, sender, wrong }: Round): Promise<Accounts> {
  // What is found besides is told all the same.
  await untilHandled(arena).catch((error: Error) => wrong.push(error.message))
  const accounts = await audit(arena, tracker.acceptances)
  wrong.push(
    ...accounts.complaints,
    ...accounts.unhandled.map((id) => `the handler of ${id} has not ended well`),
    ...accounts.effectsMissing.map((id) => `the handler of ${id} left no effect`),
    ...sender.figures.complaints,
    ...playersOf(arena).flatMap(({ service }) => service.complaints),
  )
  return accounts
}
