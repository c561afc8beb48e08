import { seededRandom, shuffled } from '@rollcall/testkit/clerk/random'

/** Which of the parts a fault meets. Of receivers and workers there are two each. */
export type Part = 'receiver' | 'worker' | 'redis' | 'postgres' | 'all'

/** What can be done, and to whom. `takes`: `one` receiver or worker, `both`, or the `whole` part; `ends` what it meets. */
export const KINDS = {
  'receiver killed': { part: 'receiver', takes: 'one', ends: true },
  'receiver frozen': { part: 'receiver', takes: 'one', ends: false },
  'receiver restarted': { part: 'receiver', takes: 'one', ends: true },
  'receiver cut off': { part: 'receiver', takes: 'one', ends: false },
  'worker killed': { part: 'worker', takes: 'one', ends: true },
  'worker killed mid-batch': { part: 'worker', takes: 'one', ends: true },
  'worker killed mid-commit': { part: 'worker', takes: 'one', ends: true },
  'worker frozen': { part: 'worker', takes: 'one', ends: false },
  'worker restarted': { part: 'worker', takes: 'one', ends: true },
  'worker cut off': { part: 'worker', takes: 'one', ends: false },
  'worker cut off mid-commit': { part: 'worker', takes: 'one', ends: false },
  'redis killed': { part: 'redis', takes: 'whole', ends: false },
  'redis frozen': { part: 'redis', takes: 'whole', ends: false },
  'redis restarted': { part: 'redis', takes: 'whole', ends: false },
  'redis cut off': { part: 'redis', takes: 'whole', ends: false },
  'postgres killed': { part: 'postgres', takes: 'whole', ends: false },
  'postgres shut down at once': { part: 'postgres', takes: 'whole', ends: false },
  'postgres shut down mid-commit': { part: 'postgres', takes: 'whole', ends: false },
  'postgres restarted on an empty cache': { part: 'postgres', takes: 'whole', ends: false },
  'postgres frozen': { part: 'postgres', takes: 'whole', ends: false },
  'postgres cut off': { part: 'postgres', takes: 'whole', ends: false },
  'both receivers killed': { part: 'receiver', takes: 'both', ends: true },
  'both workers killed': { part: 'worker', takes: 'both', ends: true },
  'everything killed': { part: 'all', takes: 'whole', ends: true },
  'everything frozen': { part: 'all', takes: 'whole', ends: false },
  'everything cut off': { part: 'all', takes: 'whole', ends: false },
} as const satisfies Readonly<
  Record<string, { readonly part: Part; readonly takes: 'one' | 'both' | 'whole'; readonly ends: boolean }>
>
export type Kind = keyof typeof KINDS

/** How a network fails: it says no, breaks off, or takes packets and says nothing. */
export const CUTS = ['refused', 'reset', 'swallowed'] as const
export type Cut = (typeof CUTS)[number]

export interface Fault {
  readonly kind: Kind
  /** Where there are two. */
  readonly target: 0 | 1
  readonly holdMs: number
  /** How a network that is cut fails, and whether what was connected through it is broken in the end. */
  readonly cut: Cut
  readonly breaksInTheEnd: boolean
  /** It begins when so many events are on their way. */
  readonly atEvent: number
  /** At the same moment as the one before it. */
  readonly together: boolean
  /** It does not wait until all has recovered from those before it. */
  readonly atOnce: boolean
}

/** The pair that a sparing schedule lets live, and the other. */
export const SPARED = 0
const MORTAL = 1

/** Of faults that may, this share comes together with another, of another part; and of all, this share follows at once. */
const TOGETHER_SHARE = 0.3
const AT_ONCE_SHARE = 0.4

/** What may come together with another: nothing that waits for a moment which the other could keep from coming. */
const BLUNT: readonly Kind[] = [
  'receiver killed',
  'receiver frozen',
  'worker killed',
  'worker frozen',
  'redis killed',
  'redis frozen',
  'postgres killed',
  'postgres frozen',
]

export interface ScheduleOptions {
  readonly seed: number
  /** Besides those that come together with another. */
  readonly faults: number
  /** Whether one receiver and one worker are not to be ended. */
  readonly sparing: boolean
  readonly fromEvent: number
  readonly toEvent: number
  readonly holdMs: readonly [number, number]
}

/** Which faults there are, and when: the same ones for the same options. Each kind comes as often as any other, but for one. */
export function createSchedule(options: ScheduleOptions): readonly Fault[] {
  const { seed, faults, sparing, fromEvent, toEvent, holdMs } = options
  const random = seededRandom(seed)
  const kinds = rounds(sparing ? shuffled(sparedKinds(), random) : unsparingFirst(random), random)
  const cuts = rounds(CUTS, random)
  const schedule: Fault[] = []

  const fault = (kind: Kind, over: Pick<Fault, 'atEvent' | 'together'>): Fault => ({
    kind,
    target: sparing && KINDS[kind].ends ? MORTAL : random() < 0.5 ? SPARED : MORTAL,
    holdMs: Math.round(holdMs[0] + random() ** 2 * (holdMs[1] - holdMs[0])), // mostly short
    cut: kind.includes('cut off') ? cuts.next().value : 'refused',
    breaksInTheEnd: random() < 0.5,
    atOnce: random() < AT_ONCE_SHARE,
    ...over,
  })
  for (let i = 0; i < faults; i++) {
    const place = (i + random()) / faults
    const atEvent = Math.floor(fromEvent + place * (toEvent - fromEvent))
    const first = fault(kinds.next().value, { atEvent, together: false })
    schedule.push(first)
    if (BLUNT.includes(first.kind) && random() < TOGETHER_SHARE) {
      const others = BLUNT.filter((kind) => KINDS[kind].part !== KINDS[first.kind].part)
      schedule.push(fault(pick(others, random), { atEvent, together: true }))
    }
  }
  return schedule
}

/** Those that a receiver and a worker live through. */
const sparedKinds = (): readonly Kind[] =>
  allKinds().filter((kind) => !(KINDS[kind].ends && KINDS[kind].takes !== 'one'))

/** Those first that a sparing schedule does not have. */
function unsparingFirst(random: () => number): readonly Kind[] {
  const spared = new Set(sparedKinds())
  const [others, known] = [allKinds().filter((kind) => !spared.has(kind)), shuffled([...spared], random)]
  return [...others, ...known]
}

const allKinds = () => Object.keys(KINDS) as Kind[]

/** Each item once, then each again in another order, and so on. */
function* rounds<Item>(items: readonly Item[], random: () => number): Generator<Item, never> {
  for (let round = items; ; round = shuffled(items, random)) yield* round
}

const pick = <Item>(items: readonly Item[], random: () => number): Item => items[Math.floor(random() * items.length)]!
