import { expect, test } from 'vitest'
import { fitsBeforeLast, formatTable } from './table.ts'

const rows = [
  ['applied', 'user.created', 'user_1'],
  ['failed', 'x', 'a long error that does not fit'],
]

test('[C5] columns are aligned under a header, without spaces at the end', () => {
  expect(formatTable(['outcome', 'type', 'note'], rows, undefined)).toEqual([
    'OUTCOME  TYPE          NOTE',
    'applied  user.created  user_1',
    'failed   x             a long error that does not fit',
  ])
})

test('[C5] where the terminal is too narrow the line is cut, and says so', () => {
  const lines = formatTable(['outcome', 'type', 'note'], rows, 30)
  expect(lines.at(-1)).toBe('failed   x             a long…')
  expect(lines.every((line) => line.length <= 30)).toBe(true)
})

test('[C5] without rows the header stands alone', () => {
  expect(formatTable(['outcome', 'type'], [], 80)).toEqual(['OUTCOME  TYPE'])
})

test('[C5] what would move the cursor is taken out of a cell, so that a row stays on its line', () => {
  expect(formatTable(['error'], [['Error: two\n  lines,\t\u001b[31mred\u0007']], undefined)).toEqual([
    'ERROR',
    'Error: two lines, [31mred',
  ])
})

test('[C5] a table tells whether more than its last column would be cut', () => {
  expect(fitsBeforeLast(['outcome', 'type', 'note'], rows, 22)).toBe(true)
  expect(fitsBeforeLast(['outcome', 'type', 'note'], rows, 21)).toBe(false)
  expect(fitsBeforeLast(['outcome', 'type', 'note'], rows, undefined)).toBe(true)
})
