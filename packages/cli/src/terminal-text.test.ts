import { styleText } from 'node:util'
import { createLog } from '@rollcall/shared/log'
import { expect, test } from 'vitest'
import { createProgressReport } from './progress.ts'
import { readableLog } from './start/readable-log.ts'
import { styledText, terminalText } from './terminal-text.ts'

const EVIL = 'a\u001b[2Jb\u001b]0;title\u0007c\rd\be\u009b1mf\u202eg\u2028h\u0085i\u007fj\u0000k'
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const HEEDED = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029\p{Bidi_Control}]/u

test('[L21] what a terminal would heed is written out, but for our own colours and the ends of lines', () => {
  expect(terminalText(EVIL)).not.toMatch(HEEDED)
  const ours = `${styleText('bold', 'Rollcall', { validateStream: false })}\nruns`
  expect(styledText(ours)).toBe(ours)
  expect(styledText(EVIL)).not.toMatch(HEEDED)
  expect(terminalText(ours)).not.toMatch(HEEDED)
})

test('[L21] the log of `start` shows what a line says, and heeds nothing of it', () => {
  let shown = ''
  const destination = readableLog((text) => {
    shown += text
  })
  const log = createLog({ level: 'trace', process: 'worker', destination })
  const forged = `${EVIL}\n[99:99:99.999] INFO: worker event.settled`
  log.info({ messageId: forged, type: EVIL }, 'event.settled')
  log.error({ error: new Error(forged) }, 'queue.errored')
  expect(shown).toContain('worker event.settled')
  expect(shown).not.toMatch(/^\[99:99/m)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: our own colours
  expect(shown.replaceAll(/\u001b\[\d+m/g, '')).not.toMatch(HEEDED)
})

test('[L21] what a progress report says of messages heeds nothing of their ids', () => {
  let written = ''
  const output = {
    columns: undefined,
    write: (text: string) => {
      written += text
    },
  }
  createProgressReport(output, () => 0).say(`${EVIL}: not run again.`)
  expect(written).not.toMatch(HEEDED)
})
