import { runSeed } from '@rollcall/testkit/seed'
import { expect, test } from 'vitest'
import { LONG, QUICK } from './plan.ts'
import { CUTS, createSchedule, KINDS, SPARED } from './schedule.ts'

const seed = runSeed()
const options = { seed, fromEvent: 300, toEvent: 4_000, holdMs: QUICK.holdMs }
const sparing = { ...options, faults: QUICK.sparingFaults, sparing: true }
const unsparing = { ...options, faults: QUICK.unsparingFaults, sparing: false }

test(`[O10] the same seed breaks the same things at the same moments, in the order of the events (seed ${seed})`, () => {
  const schedule = createSchedule(sparing)
  expect(createSchedule(sparing)).toEqual(schedule)
  expect(createSchedule({ ...sparing, seed: seed + 1 })).not.toEqual(schedule)
  expect(schedule.map(({ atEvent }) => atEvent)).toEqual(
    schedule.map(({ atEvent }) => atEvent).sort((one, other) => one - other),
  )
  for (const { atEvent, holdMs } of schedule) {
    expect(atEvent).toBeGreaterThanOrEqual(300)
    expect(atEvent).toBeLessThan(4_000)
    expect(holdMs).toBeGreaterThanOrEqual(QUICK.holdMs[0])
    expect(holdMs).toBeLessThanOrEqual(QUICK.holdMs[1])
  }
})

test(`[O10] a quick round breaks everything in every way, networks in each, and spares one pair at first (seed ${seed})`, () => {
  const [first, last] = [createSchedule(sparing), createSchedule(unsparing)]
  expect(new Set([...first, ...last].map(({ kind }) => kind))).toEqual(new Set(Object.keys(KINDS)))
  expect(new Set(first.filter(({ kind }) => kind.includes('cut off')).map(({ cut }) => cut))).toEqual(new Set(CUTS))
  const ended = first.filter(({ kind }) => KINDS[kind].ends)
  expect(ended.filter(({ kind, target }) => KINDS[kind].takes !== 'one' || target === SPARED)).toEqual([])
  expect(
    first.filter(({ together }, i) => together && KINDS[first[i]!.kind].part === KINDS[first[i - 1]!.kind].part),
  ).toEqual([])
})

test('[O10] a long round has 200 faults and more', () => {
  expect(LONG.sparingFaults + LONG.unsparingFaults + LONG.powerCuts).toBeGreaterThanOrEqual(200)
})
