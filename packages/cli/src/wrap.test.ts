import { expect, test } from 'vitest'
import { formatRecords } from './records.ts'
import { wrap } from './wrap.ts'

test('[C5] text is broken between words; its own lines and their indents stay', () => {
  const text = 'one two three four five six seven eight\n  indented: nine ten eleven twelve thirteen'
  expect(wrap(text, 30)).toEqual([
    'one two three four five six',
    'seven eight',
    '  indented: nine ten eleven',
    '  twelve thirteen',
  ])
  expect(wrap(text, undefined)).toEqual(text.split('\n'))
})

test('[C5] a word that is wider than the terminal is left whole', () => {
  expect(wrap(`an id ${'x'.repeat(40)} that is long`, 30)).toEqual(['an id', 'x'.repeat(40), 'that is long'])
})

test('[C5] records are blocks of names and values, however narrow the terminal', () => {
  const rows = [
    ['msg_1', 'an error that does not fit into so narrow a terminal'],
    ['msg_2', ''],
  ]
  expect(formatRecords(['message', 'error'], rows, 40)).toEqual([
    'message  msg_1',
    'error    an error that does not fit into',
    '         so narrow a terminal',
    '',
    'message  msg_2',
    'error    ',
  ])
})
