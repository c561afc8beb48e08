import { expect, test } from 'vitest'
import type { Command } from './command.ts'
import { findCommand, knownPath } from './find-command.ts'
import { helpOn } from './help.ts'

const command = (summary: string): Command => ({
  summary,
  usage: '[--json]',
  options: {},
  help: {},
  examples: [{ call: 'send', shows: 'how' }],
  words: [0, 0],
  run: async () => 0,
})
const commands = {
  send: command('Sends.'),
  failed: {
    summary: 'What failed.',
    verbs: { list: command('Lists.'), retry: { ...command('Retries.'), usage: '<message-id>' } },
    usual: 'list',
  },
}

test.each([
  ['send user.created --json', 'send', 'user.created --json'],
  ['failed', 'failed list', ''],
  ['failed --json', 'failed list', '--json'],
  ['failed list --json', 'failed list', '--json'],
  ['failed retry msg_1 list', 'failed retry', 'msg_1 list'],
])('[C4] `%s` calls `%s` with `%s`', (call, path, rest) => {
  const found = findCommand(commands, call.split(' '))
  expect([found.path.join(' '), found.rest.join(' ')]).toEqual([path, rest])
})

test.each([
  ['snd', 'There is no command `snd`. Did you mean `send`?', ''],
  ['constructor', 'There is no command `constructor`. There are `send`, `failed`.', ''],
  ['failed retyr', 'There is no `failed retyr`. Did you mean `failed retry`?', 'failed'],
  ['failed msg_1', 'There is no `failed msg_1`. There are `failed list`, `failed retry`.', 'failed'],
])('[C4] `%s` is refused with what was probably meant, or all that there is', (call, sentence, known) => {
  expect(() => findCommand(commands, call.split(' '))).toThrow(sentence)
  expect(knownPath(commands, call.split(' ')).join(' ')).toBe(known)
})

test('[C4] help is told of a command, of a group and of one of its verbs', () => {
  expect(helpOn(commands, ['send', '--help'])).toEqual([
    'Sends.',
    '',
    'Usage: pnpm rollcall send [--json]',
    '',
    'Examples:',
    '  pnpm rollcall send  how',
  ])
  expect(helpOn(commands, ['failed', '--help'])).toEqual([
    'What failed.',
    '',
    'Usage: pnpm rollcall failed [list] [--json]',
    '       pnpm rollcall failed retry <message-id>',
    '',
    '  list   Lists.',
    '  retry  Retries.',
    '',
    '`pnpm rollcall failed <verb> --help` tells more of one.',
  ])
  expect(helpOn(commands, ['failed', 'retry', '-h'])).toContain('Usage: pnpm rollcall failed retry <message-id>')
})
