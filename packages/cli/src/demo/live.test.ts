import { expect, test } from 'vitest'
import { createLive, drawn, type Standing } from './live.ts'

const standing = (seconds: number, waiting: number): Standing => ({
  seconds,
  sent: 2_000,
  settled: 2_000 - waiting,
  waiting,
  isDatabaseAway: waiting > 500,
})

function watch(columns: number | undefined) {
  let text = ''
  const live = createLive({
    columns,
    write(more) {
      text += more
    },
  })
  for (let i = 0; i < 60; i++) live.show(standing(i / 10, i * 10))
  live.say('Postgres is back.')
  live.end()
  return text
}

test('[C20] elsewhere than on a terminal it is told in a plain line every two seconds', () => {
  expect(watch(undefined)).toBe(
    [
      ' 0.0 s  sent 2000  settled 2000  waiting 0',
      ' 2.0 s  sent 2000  settled 1800  waiting 200',
      ' 4.0 s  sent 2000  settled 1600  waiting 400',
      'Postgres is back.\n',
    ].join('\n'),
  )
})

test('[C20] on a terminal one line is drawn anew, and never wider than it', () => {
  const text = watch(80)
  expect(text.split('\n')).toHaveLength(2)
  expect(text.split('\r')).toHaveLength(1 + 60 + 2)
  expect(text).toContain('█   5.9 s  sent 2000  settled 1410  waiting 590  Postgres is away')
  for (const columns of [20, 40, 60, 80, 200]) {
    expect(drawn(standing(5, 590), [1, 2, 590], columns).length).toBeLessThan(columns)
  }
})
