import { expect, test } from 'vitest'
import { type Backlog, drainBetween } from '../bench/rig/backlog.ts'
import { spreadOf } from '../bench/rig/statistics.ts'

/** A queue, and what is left in it each time that somebody looks. */
const seenAs = (...looks: readonly number[]): Backlog => {
  let seen = 0
  return {
    add: async () => {},
    pause: async () => {},
    resume: async () => {},
    left: async () => looks[seen++]!,
  }
}

test('[A27] a backlog that is gone between two looks is measured from the first of them', async () => {
  const { events, seconds, perSecond } = await drainBetween(seenAs(700, 0), 500, 0)

  expect(events).toBe(700)
  expect(seconds).toBeGreaterThan(0)
  expect(perSecond).toBe(events / seconds)
})

test('[A27] it is measured from the last look before the start to the first after the end', async () => {
  expect(await drainBetween(seenAs(700, 650, 620, 480, 300, 90, 0), 600, 100)).toMatchObject({ events: 620 - 90 })
})

test('[A27] a backlog that is too small from the beginning is an error, and no figure', async () => {
  await expect(drainBetween(seenAs(500), 500, 0)).rejects.toThrow('500 jobs wait, and more than 500 should')
})

test('[A27] what is no number fails the benchmark, and the error says of which figure', () => {
  expect(() => spreadOf('drained', [12_000, Number.NaN])).toThrow('drained: measured nothing [12000, NaN]')
  expect(() => spreadOf('drained', [])).toThrow('drained: measured nothing []')
})
