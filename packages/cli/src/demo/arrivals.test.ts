import { expect, test } from 'vitest'
import { arrivalsOf, countLate } from './arrivals.ts'
import { expectedRow, livesOf } from './lives.ts'
import { seededRandom } from './random.ts'

const random = () => seededRandom(7)
const lives = livesOf(2_000, 10_000, random())
const arrivals = arrivalsOf(lives, random())

test('[C20] the spike has duplicates, late events, and deletions that come before creations', () => {
  const events = lives.flat()
  const ids = new Set(arrivals.map(({ event }) => event.messageId))
  expect(lives).toHaveLength(2_000)
  expect(ids.size).toBe(events.length)
  expect(arrivals.length - ids.size).toBeGreaterThan(events.length / 10)
  expect(countLate(arrivals)).toBeGreaterThan(100)

  const firstAt = (type: string, userId: string) =>
    arrivals.find(({ event }) => event.type === type && event.userId === userId)!.at
  const leavers = lives.filter((life) => life.at(-1)!.type === 'user.deleted').map((life) => life[0]!.userId)
  expect(leavers.length).toBeGreaterThan(50)
  expect(leavers.filter((id) => firstAt('user.deleted', id) >= firstAt('user.created', id))).toEqual([])
})

test('[C20] it is the same each time, and comes within the time', () => {
  expect(arrivalsOf(livesOf(2_000, 10_000, random()), random())).toEqual(arrivals)
  expect(arrivals.at(-1)!.at).toBeLessThan(20_000)
  expect(arrivals.map(({ at }) => at)).toEqual(arrivals.map(({ at }) => at).toSorted((a, b) => a - b))
})

test('[C20] what a row is to hold is told from the true order', () => {
  for (const life of lives) {
    expect(life.map(({ at }) => at)).toEqual(life.map(({ at }) => at).toSorted((a, b) => a - b))
    const { event_id, deleted, changes } = expectedRow(life)
    expect(event_id).toBe(life.at(-1)!.messageId)
    expect(changes).toBe(deleted ? null : life.length - 1)
  }
})
