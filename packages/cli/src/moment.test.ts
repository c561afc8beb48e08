import { expect, test } from 'vitest'
import { parseMoment } from './moment.ts'

const NOW = Date.parse('2026-11-24T12:00:00Z')

test.each([
  ['2026-11-24', '2026-11-24T00:00:00.000Z'],
  ['2026-11-24T10:00Z', '2026-11-24T10:00:00.000Z'],
  ['2026-11-24T10:00:01.5+02:00', '2026-11-24T08:00:01.500Z'],
  ['90m', '2026-11-24T10:30:00.000Z'],
  ['2d', '2026-11-22T12:00:00.000Z'],
])('[Y5] %s is %s', (text, moment) => {
  expect(parseMoment(text, 'from', NOW).toISOString()).toBe(moment)
})

test.each(['yesterday', '12', '1w', '', '2026-13-40', '2026-11-24T99:00Z'])('[C4] %j is no moment', (text) => {
  expect(() => parseMoment(text, 'from', NOW)).toThrow('--from takes a moment')
})
