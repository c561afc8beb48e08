import { type Arena, openArena } from './arena.ts'
import { createHistory, type History } from './history.ts'
import { createOracle, type Oracle } from './oracle.ts'
import type { Plan } from './plan.ts'
import type { PowerCut } from './power-cut.ts'
import { type Injected, runFaults } from './run-faults.ts'
import { createSchedule } from './schedule.ts'
import { createSender, type Sender } from './sender.ts'
import { startTracker, type Tracker } from './tracker.ts'

/** One run: what happens, what must come of it, what runs, and what has been done to it so far. */
export interface Round {
  readonly plan: Plan
  readonly seed: number
  readonly history: History
  readonly oracle: Oracle
  readonly arena: Arena
  readonly tracker: Tracker
  readonly sender: Sender
  readonly injected: Injected[]
  readonly powerCuts: PowerCut[]
  /** Everything that may not be, each in a sentence. */
  readonly wrong: string[]
  /** What is going on, for whoever watches. */
  phase: string
}

export interface RoundOptions {
  readonly plan: Plan
  readonly seed: number
  /** Where processes write their logs, if they are to be kept. */
  readonly logDirectory: string | undefined
  readonly opened: AsyncDisposableStack
}

export async function openRound({ plan, seed, logDirectory, opened }: RoundOptions): Promise<Round> {
  const history = createHistory(seed)
  const oracle = createOracle()
  const arena = await openArena(plan, logDirectory, opened)
  const tracker = opened.use(startTracker(arena.database, oracle))
  const sender = createSender({ endpoint: arena.endpoint, history, tracker, plan, seed: seed + 2 })
  return {
    plan,
    seed,
    history,
    oracle,
    arena,
    tracker,
    sender,
    injected: [],
    powerCuts: [],
    wrong: [],
    phase: 'warming up',
  }
}

/** Sends for as long as the work takes, and so many events in all at the least. */
export async function sendDuring(
  { sender, tracker }: Round,
  work: () => Promise<void>,
  leastEvents: number,
): Promise<void> {
  let isOver = false
  const working = work().finally(() => {
    isOver = true
  })
  await Promise.all([working, sender.sendUntil(() => isOver && tracker.count >= leastEvents)])
}

/** Injects faults while events flow, from now on until there are so many. */
export function faultsUntil(round: Round, toEvent: number, sparing: boolean): Promise<void> {
  const { plan, tracker, arena, injected } = round
  const schedule = createSchedule({
    seed: round.seed + (sparing ? 4 : 5),
    faults: sparing ? plan.sparingFaults : plan.unsparingFaults,
    sparing,
    fromEvent: tracker.count,
    toEvent,
    holdMs: plan.holdMs,
  })
  return sendDuring(round, () => runFaults(arena, tracker, schedule, (each) => injected.push(each)), toEvent)
}
