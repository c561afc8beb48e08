import { seededRandom } from '@rollcall/testkit/clerk/random'
import { until } from '@rollcall/testkit/wait'
import { isAsAtClerk, isExplainedByLoss, type Reconciled, reconcileWith } from './mending.ts'
import { cutPower, EVERY_SECOND, isExplained } from './power-cut.ts'
import { type Round, sendDuring } from './round.ts'
import { audit, describeWrong, untilQueueIsEmpty, wrongRows } from './verdict.ts'

/** Messages that are settled between two power cuts: work goes on. */
const GOES_ON_EVENTS = 30
const GOES_ON_WITHIN_MS = 180_000

/** Cuts the power of a Redis that syncs every second, so many times as is planned, while events flow. */
export async function loseTheLastSeconds(round: Round): Promise<void> {
  const { plan, arena, tracker, powerCuts } = round
  const { redis } = arena.servers
  const random = seededRandom(round.seed + 3)
  await redis.stop()
  redis.configure(EVERY_SECOND)
  await redis.start()
  const cutAgainAndAgain = async () => {
    while (powerCuts.length < plan.powerCuts) {
      const goesOn = tracker.settled + GOES_ON_EVENTS
      await until(() => tracker.settled >= goesOn, { timeoutMs: GOES_ON_WITHIN_MS, what: 'work goes on' })
      powerCuts.push(await cutPower(arena, random))
    }
  }
  await sendDuring(round, cutAgainAndAgain, plan.events)
}

/** What power cuts took, and what became of it. */
export interface Loss {
  /** Messages that were accepted and are nowhere. */
  readonly lost: readonly string[]
  /** Rows that this made wrong, and what reconcile found and mended. */
  readonly rows: number
  readonly reconciled: Reconciled
  /** Rows that are still wrong. */
  readonly rowsLeft: number
}

/**
 * Shows that nothing is lost but what a power cut took, that no row is wrong but for it, and that reconcile finds exactly
 * those rows and mends them [O12].
 */
export async function mendLoss(round: Round): Promise<Loss> {
  const { sender, arena, tracker, history, oracle, wrong } = round
  await sender.untilAccepted()
  await untilQueueIsEmpty(arena)
  const { lost } = await audit(arena, tracker.acceptances)
  const unexplained = lost.filter((id) => !isExplained(tracker.acceptances.get(id)!, round.powerCuts))
  wrong.push(...unexplained.map((id) => `${id} was accepted, is lost, and no power cut explains it`))

  const harmed = await wrongRows(arena.database, oracle)
  wrong.push(...harmed.filter((row) => !isExplainedByLoss(row, lost, oracle)).map(describeWrong))
  const rows = harmed.filter((row) => !isAsAtClerk(row, history.instance)).length

  history.rest(60_000) // what changed last is no longer so fresh that its event may be under way
  const reconcile = (...words: readonly string[]) =>
    reconcileWith(history.instance, arena.servers.directory, arena.variables, words)
  const reconciled = await reconcile()
  if (reconciled.driftedRows !== rows || reconciled.mendedRows !== rows) {
    wrong.push(`reconcile found ${reconciled.driftedRows} rows and mended ${reconciled.mendedRows}, of ${rows}`)
  }
  const again = await reconcile('--dry-run')
  if (again.outcome !== 'agreed') wrong.push(`a second reconcile says ${again.outcome}, ${again.driftedRows} rows`)
  const left = (await wrongRows(arena.database, oracle)).filter((row) => !isAsAtClerk(row, history.instance))
  wrong.push(...left.map(describeWrong))
  return { lost, rows, reconciled, rowsLeft: left.length }
}
