import { createHmac } from 'node:crypto'
import type { OutgoingHttpHeader } from 'node:http'
import { newSecret, type SignedRequest, signedRequest } from '@rollcall/testkit/svix'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { type Sent, startVerifiers, type Verifiers } from './test-verifiers.ts'
import type { Refusal } from './verify.ts'

const SECRET = newSecret()
const EVENT = JSON.stringify({
  object: 'event',
  type: 'user.created',
  timestamp: 1_770_000_000_000,
  data: { id: 'user_1' },
})

const NOW = new Date('2026-03-01T12:00:00.750Z')
const NOW_SECONDS = Math.floor(NOW.getTime() / 1_000)

const asSent = ({ headers, body }: SignedRequest): Sent => ({ headers: { ...headers }, body: Buffer.from(body) })

/** As Svix sends it. */
const right = (body: string | Buffer = EVENT, messageId = 'msg_2b9GmBVZkxPfrjqGg0fR7bwLZzF') =>
  asSent(signedRequest({ secret: SECRET, messageId, body, attemptedAt: NOW }))

const at = (seconds: number) =>
  asSent(signedRequest({ secret: SECRET, body: EVENT, attemptedAt: new Date(seconds * 1_000) }))

/** The right request with one header's value changed after it was signed. */
function changed(name: string, change: (value: string) => OutgoingHttpHeader | undefined): Sent {
  const { headers, body } = right()
  const { [name]: value, ...others } = headers
  const now = change(String(value))
  return { headers: now === undefined ? others : { ...others, [name]: now }, body }
}
const signature = (change: (value: string) => OutgoingHttpHeader) => changed('svix-signature', change)
const timestamp = (change: (value: string) => OutgoingHttpHeader) => changed('svix-timestamp', change)

/** Signed over bytes as such, which Svix's library does not do. */
function signedBytes(body: Buffer): Sent {
  const key = Buffer.from(SECRET.slice('whsec_'.length), 'base64')
  const { headers } = right()
  const signed = Buffer.concat([Buffer.from(`${headers['svix-id']}.${headers['svix-timestamp']}.`), body])
  return {
    headers: { ...headers, 'svix-signature': `v1,${createHmac('sha256', key).update(signed).digest('base64')}` },
    body,
  }
}

/** Signed over the timestamp as it is written, not over the number in it. */
function signedTimestamp(written: string): Sent {
  const key = Buffer.from(SECRET.slice('whsec_'.length), 'base64')
  const { headers, body } = right()
  const mac = createHmac('sha256', key).update(`${headers['svix-id']}.${written}.${EVENT}`).digest('base64')
  return { headers: { ...headers, 'svix-timestamp': written, 'svix-signature': `v1,${mac}` }, body }
}

const flipped = (body: Buffer, at: number) => body.with(at, body[at]! ^ 1) as Buffer
const wrong = (signed: string) => signed.replace(/,./, (start) => (start === ',A' ? ',B' : ',A'))
const wireText = (text: string) => Buffer.from(text).toString('latin1')

/** JSON once it is decoded: a stray byte, a sequence cut short, a surrogate. */
const NOT_UTF8 = Buffer.from('{"type":"user.updated","data":"\xff \xc3( \xed\xa0\x80"}', 'latin1')
const BOM = '\uFEFF'

const accepted: Record<string, Sent> = {
  'as Svix sends it': right(),
  'spaces around the id': changed('svix-id', (id) => `  ${id} \t`),
  'spaces around the timestamp': timestamp((seconds) => `  ${seconds}  `),
  'spaces around the signature': signature((signed) => `  ${signed}  `),
  'no-break spaces around the signature': signature((signed) => `\u00a0${signed}\u00a0`),
  'the timestamp twice': timestamp((seconds) => [seconds, seconds]),
  'the signature twice': signature((signed) => [signed, signed]),
  'two signature headers, the right one last': signature((signed) => [wrong(signed), signed]),
  'two signature headers, the right one first': signature((signed) => [signed, wrong(signed)]),
  'several signatures, the right one first': signature((signed) => `${signed} ${wrong(signed)} v1a,AAAA`),
  'several signatures, the right one last': signature((signed) => `v2,AAAA ${wrong(signed)} ${signed}`),
  'several signatures with spaces between': signature((signed) => `${wrong(signed)}   ${signed}`),
  'more after a second comma': signature((signed) => `${signed},more`),
  'a timestamp with a fraction': timestamp((seconds) => `${seconds}.9`),
  'a timestamp with a suffix': timestamp((seconds) => `${seconds}abc`),
  'a timestamp with a plus': timestamp((seconds) => `+${seconds}`),
  'a timestamp 300 s old': at(NOW_SECONDS - 300),
  'a timestamp 300 s ahead': at(NOW_SECONDS + 300),
  'bytes that are not UTF-8, signed as they decode': right(NOT_UTF8),
  'a byte order mark that was not signed': { ...right(), body: Buffer.from(BOM + EVENT) },
  'text beyond ASCII': right(JSON.stringify({ type: 'user.updated', data: { first_name: 'Žofie 李 👩‍🚀 שָׁלוֹם' } })),
  'escapes of a lone surrogate and of U+0000': right('{"type":"user.updated","data":{"a":"\\ud800","b":"\\u0000"}}'),
  'JSON with white space around': right(`\n\t ${EVENT} \r\n`),
  'JSON that nests deeply': right('['.repeat(1_000) + ']'.repeat(1_000)),
  'JSON that is an array': right('[1,2]'),
  'JSON that is a text': right('"user.created"'),
  'JSON that is a number': right('42'),
  'an id with a colon': right(EVENT, 'msg:1'),
  'an id of digits': right(EVENT, '12345'),
  'an id with spaces and signs': right(EVENT, 'a b/../{c}%00"\'<>'),
  'an id in Latin-1': right(EVENT, 'msg_é'),
  'a very long id': right(EVENT, `msg_${'x'.repeat(8_000)}`),
  'a body of a megabyte': right(JSON.stringify({ type: 'user.created', data: 'x'.repeat(1_000_000) })),
  'a dot moved from the body to the id': {
    ...right(`${NOW_SECONDS}.${EVENT}`, 'msg_1'),
    headers: { ...right(`${NOW_SECONDS}.${EVENT}`, 'msg_1').headers, 'svix-id': `msg_1.${NOW_SECONDS}` },
    body: Buffer.from(EVENT),
  },
}

const refused: Record<Refusal, Record<string, Sent>> = {
  header_missing: {
    'no id': changed('svix-id', () => undefined),
    'no timestamp': changed('svix-timestamp', () => undefined),
    'no signature': changed('svix-signature', () => undefined),
    'an empty id': changed('svix-id', () => ''),
    'an empty timestamp': timestamp(() => ''),
    'an empty signature': signature(() => ''),
    'an id of spaces': changed('svix-id', () => '   '),
    'an id of a no-break space': changed('svix-id', () => '\u00a0'),
    'the headers of Standard Webhooks': {
      headers: Object.fromEntries(
        Object.entries(right().headers).map(([name, value]) => [name.replace('svix-', 'webhook-'), value]),
      ),
      body: right().body,
    },
  },
  timestamp_invalid: {
    'a timestamp in letters': timestamp(() => 'yesterday'),
    'a timestamp that is not a number': timestamp(() => 'NaN'),
    'a timestamp of infinity': timestamp(() => 'Infinity'),
    'a timestamp of a sign': timestamp(() => '-'),
  },
  timestamp_out_of_tolerance: {
    'a timestamp 301 s old': at(NOW_SECONDS - 301),
    'a timestamp 301 s ahead': at(NOW_SECONDS + 301),
    'a timestamp of zero': at(0),
    'a negative timestamp': timestamp((seconds) => `-${seconds}`),
    'a timestamp in milliseconds': timestamp((seconds) => `${seconds}000`),
    'a timestamp in another notation': timestamp(() => '1.77e9'),
    'a huge timestamp': timestamp(() => '9'.repeat(400)),
    'a hexadecimal timestamp': timestamp((seconds) => `0x${Number(seconds).toString(16)}`),
  },
  signature_invalid: {
    'another secret': asSent(signedRequest({ secret: newSecret(), body: EVENT, attemptedAt: NOW })),
    'the id twice': changed('svix-id', (id) => [id, id]),
    'another id': changed('svix-id', (id) => `${id}x`),
    'the id in capitals': changed('svix-id', (id) => id.toUpperCase()),
    'an id in UTF-8': (({ headers, body }) => ({ headers: { ...headers, 'svix-id': wireText('msg_李') }, body }))(
      right(EVENT, 'msg_李'),
    ),
    'another timestamp': timestamp((seconds) => `${Number(seconds) + 1}`),
    'a fraction of a second, signed as written': signedTimestamp(`${NOW_SECONDS}.9`),
    'a suffix, signed as written': signedTimestamp(`${NOW_SECONDS}abc`),
    'several signatures, none right': signature((signed) => `${wrong(signed)} v1,AAAA v1`),
    'version v1a': signature((signed) => signed.replace('v1', 'v1a')),
    'version v2': signature((signed) => signed.replace('v1', 'v2')),
    'version V1': signature((signed) => signed.replace('v1', 'V1')),
    'no version': signature((signed) => signed.replace('v1,', '')),
    'an empty version': signature((signed) => signed.replace('v1', '')),
    'no comma': signature((signed) => signed.replace(',', '')),
    'a version and no signature': signature(() => 'v1'),
    'a version and an empty signature': signature(() => 'v1,'),
    'a space after the comma': signature((signed) => signed.replace(',', ', ')),
    'a tab between signatures': signature((signed) => `${wrong(signed)}\t${signed}`),
    'a truncated signature': signature((signed) => signed.slice(0, -1)),
    'a signature in other letters': signature((signed) => signed.toLowerCase()),
    'a flipped byte in the signature': signature(wrong),
    'a flipped byte at the start of the body': { ...right(), body: flipped(right().body, 0) },
    'a flipped byte at the end of the body': { ...right(), body: flipped(right().body, EVENT.length - 1) },
    'a truncated body': { ...right(), body: right().body.subarray(0, -1) },
    'a line feed more': { ...right(), body: Buffer.from(`${EVENT}\n`) },
    'JSON serialised again': { ...right(), body: Buffer.from(JSON.stringify(JSON.parse(EVENT), null, 2)) },
    'no body, though one was signed': { ...right(), body: Buffer.alloc(0) },
    'bytes that are not UTF-8, signed as bytes': signedBytes(NOT_UTF8),
    'a byte order mark that was signed': right(BOM + EVENT),
  },
}

/** Where Clerk's reads what it has verified, ours hands it on: the worker says what it means. */
const unreadable: Record<string, Sent> = {
  'an empty body': right(''),
  'text that is not JSON': right('hello'),
  'JSON that breaks off': right(EVENT.slice(0, -1)),
  'two JSON values': right(`${EVENT}${EVENT}`),
  'bytes that are neither text nor JSON': right(Buffer.from([0xff, 0xfe, 0x00])),
  'JSON that is null': right('null'),
}

let verifiers: Verifiers
beforeAll(async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: NOW }) // both read the clock, and the tolerance is tested to the second
  verifiers = await startVerifiers(SECRET)
})
afterAll(async () => {
  await verifiers[Symbol.asyncDispose]()
  vi.useRealTimers()
})

async function expectTaken(sent: Sent, clerks: 'accepted' | 'refused'): Promise<void> {
  const verdicts = await verifiers.verdicts(sent)
  expect(verdicts).toMatchObject({ ours: { verified: true }, clerks })
  const { delivery } = verdicts.ours as Extract<typeof verdicts.ours, { verified: true }>
  expect(Buffer.from(delivery.body, delivery.encoding)).toEqual(sent.body)
}

describe('createVerify', () => {
  test.each(Object.entries(accepted))('[R1] accepts, as verifyWebhook does, %s', async (_, sent) => {
    await expectTaken(sent, 'accepted')
  })

  for (const [reason, requests] of Object.entries(refused)) {
    test.each(Object.entries(requests))(`[R1] refuses for ${reason}, as verifyWebhook does, %s`, async (_, sent) => {
      expect(await verifiers.verdicts(sent)).toEqual({ ours: { verified: false, reason }, clerks: 'refused' })
    })
  }

  test.each(Object.entries(unreadable))(
    '[R5] accepts what is signed, unlike verifyWebhook, though it is %s',
    async (_, sent) => {
      await expectTaken(sent, 'refused')
    },
  )
})
