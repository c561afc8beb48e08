import { captureLog } from '@rollcall/testkit/captured-log'
import { expect, test } from 'vitest'
import { escapeUnseen } from './escape-unseen.ts'

/** All controls, all that ends a line anywhere, all that turns text round. */
const EVIL = [
  ...Array.from({ length: 0x20 }, (_, code) => String.fromCharCode(code)),
  ...Array.from({ length: 0x21 }, (_, i) => String.fromCharCode(0x7f + i)),
  ...['\u061c', '\u200e', '\u200f', '\u2028', '\u2029', '\u202a', '\u202b', '\u202c', '\u202d', '\u202e'],
  ...['\u2066', '\u2067', '\u2068', '\u2069'],
]
const FAKE = '"}\n{"level":"info","msg":"webhook.accepted","messageId":"msg_forged"}\n'

test('[L20] whatever a field holds, a line of the log is one line of JSON, and holds nothing that a terminal heeds', () => {
  const { log, text, lines } = captureLog()
  const written = `${EVIL.join('x')}\u001b[2J\u001b]0;title\u0007${FAKE}שלום 李 👩‍🚀`
  log.info({ messageId: written, type: written, entityId: written }, 'event.settled')
  log.error({ error: new Error(written), messageId: written }, 'webhook.deferred')

  expect(text().split('\n')).toHaveLength(3) // the last is what follows the last line's end
  // Nor is there anything at which Python, Java or JavaScript would split it.
  const unseen = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/u
  for (const line of text().trimEnd().split('\n')) expect(line).not.toMatch(unseen)
  expect(lines('webhook.accepted')).toEqual([])
  expect(lines('event.settled')).toMatchObject([{ messageId: written, type: written, entityId: written }])
})

test('[L20] what is escaped means the same, and all other text is left as it is', () => {
  const json = JSON.stringify({ text: EVIL.join('') })
  expect(JSON.parse(escapeUnseen(json))).toEqual({ text: EVIL.join('') })
  const text = 'Ada "Lovelace" é ß שלום عربى 李 👩‍🚀 \u00a0\u200d'
  expect(escapeUnseen(text)).toBe(text)
})
