import { expect, test } from 'vitest'
import type { Command } from './command.ts'
import { parseCall } from './parse-call.ts'

const command: Command = {
  summary: '',
  usage: '<event.type> [options]',
  options: { id: { type: 'string' }, set: { type: 'string', multiple: true }, json: { type: 'boolean' } },
  help: {},
  examples: [{ call: 'send', shows: 'how' }],
  words: [1, 1],
  run: async () => 0,
}

test('[C4] words and options are told apart, wherever they stand', () => {
  expect(parseCall(command, ['--set', 'a=1', 'user.created', '--set=b=2', '--json'])).toEqual({
    words: ['user.created'],
    options: { set: ['a=1', 'b=2'], json: true },
  })
})

test.each([
  [['user.created', '--jsn'], 'There is no option `--jsn`. Did you mean `--json`?'],
  [['user.created', '--verbose'], 'There is no option `--verbose`.'],
  [['user.created', '-x'], 'There is no option `-x`.'],
  [[], 'Something is missing: it takes <event.type> [options].'],
  [['user.created', 'user.deleted'], '`user.deleted` is a word too many.'],
  [['user.created', '--id'], "Option '--id <value>' argument missing."],
])('[C4] %j is refused with a sentence', (words, sentence) => {
  expect(() => parseCall(command, words)).toThrow(sentence)
})
