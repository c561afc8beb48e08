import { expect, test } from 'vitest'
import { createProgressReport, progressBar, progressLine } from './progress.ts'

const step = { name: 'user', done: 45_000, total: 100_000, rate: 2_310.4 }

test.each([
  [step, 'user: 45000 of 100000 (45 %), 2310/s, 23 s left'],
  [{ ...step, rate: 0 }, 'user: 45000 of 100000 (45 %)'],
  [{ ...step, rate: 1 }, 'user: 45000 of 100000 (45 %), 1/s, 15 h 16 min left'],
  [{ ...step, total: undefined }, 'user: 45000, 2310/s'],
  [{ ...step, total: 0, done: 0 }, 'user: 0 of 0 (100 %), 2310/s'],
  [{ ...step, done: 100_003 }, 'user: 100003 of 100000 (100 %), 2310/s'],
])('[C9] of %j it says %s', (told, line) => {
  expect(progressLine(told)).toBe(line)
})

test('[C9] the bar fills what the line has room for, and the line is never wider than the terminal', () => {
  expect(progressBar(step, 80)).toBe('user  █████████████░░░░░░░░░░░░░░░░░  45000 of 100000 (45 %)  2310/s  23 s left')
  expect(progressBar(step, 55)).toBe('user  45000 of 100000 (45 %)  2310/s  23 s left')
  expect(progressBar({ ...step, total: undefined }, 80)).toBe('user  45000  2310/s')
  for (let columns = 1; columns < 120; columns++) expect(progressBar(step, columns).length).toBeLessThan(columns)
})

/** What is written while 10,000 are done in ten seconds, a hundred at a time. */
function writtenTo(columns: number | undefined): readonly string[] {
  const written: string[] = []
  let now = 0
  const report = createProgressReport({ columns, write: (text) => void written.push(text) }, () => now)
  for (let done = 0; done <= 10_000; done += 100, now += 100) report.show('user', done, 10_000)
  report.say('A sentence.')
  report.end()
  return written
}

test('[C9] on a terminal one line is drawn over, and taken away for a sentence and at the end', () => {
  const written = writtenTo(80)
  expect(written).toHaveLength(103)
  expect(written.slice(0, -2).every((text) => text.startsWith('\r\u001B[2Kuser ') && !text.includes('\n'))).toBe(true)
  expect(written.slice(-2)).toEqual(['\r\u001B[2KA sentence.\n', '\r\u001B[2K'])
})

test('[C9] elsewhere it is a plain line at the beginning, every five seconds, and at the end', () => {
  expect(writtenTo(undefined)).toEqual([
    'user: 0 of 10000 (0 %)\n',
    'user: 5000 of 10000 (50 %), 1000/s, 5 s left\n',
    'user: 10000 of 10000 (100 %), 1000/s\n',
    'A sentence.\n',
  ])
})
