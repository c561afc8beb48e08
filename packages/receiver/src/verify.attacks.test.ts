import crypto, { createHmac } from 'node:crypto'
import { syncBuiltinESMExports } from 'node:module'
import { newSecret, type SignedRequest, signedRequest } from '@rollcall/testkit/svix'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { startTestApp } from './test-app.ts'
import { createVerify } from './verify.ts'

const EVENT = JSON.stringify({ type: 'user.created', data: { id: 'user_1' } })
const HOUR_MS = 3_600_000

/** All that a signature says but its version. */
const macOf = ({ headers }: SignedRequest): string => headers['svix-signature']!.slice('v1,'.length)

/** What somebody signs who knows the secret's text, but not how it is meant. */
const macWith = (key: string | Buffer, signed: string, hash = 'sha256') =>
  createHmac(hash, key).update(signed).digest('base64')

describe('whatever somebody sends who has no secret', () => {
  const ours = newSecret()
  const right = signedRequest({ secret: ours, messageId: 'msg_1', body: EVENT })
  const mac = macOf(right)
  const signed = `msg_1.${right.headers['svix-timestamp']}.${EVENT}`
  const raw = Buffer.from(ours.slice('whsec_'.length), 'base64')

  const signatures: Readonly<Record<string, string>> = {
    // Downgraded, or of a version that may come: v1a is Svix's own, asymmetric.
    ...Object.fromEntries(
      ['v0', 'v01', 'v1a', 'v1b', 'v2', 'v10', 'V1', '1', 'v', '', 'v1 ', 'v1\t'].map((version) => [
        `version "${version}"`,
        `${version},${mac}`,
      ]),
    ),
    'no version': mac,
    'a version and nothing': 'v1',
    'a version and an empty signature': 'v1,',
    'many empty signatures': 'v1, '.repeat(500),
    'commas alone': ',,,,',
    'the right one behind a second comma': `v1,,${mac}`,
    'the right one as the second value': `v1,AAAA,${mac}`,
    ...Object.fromEntries(
      [',', ';', '\t', '|', '\u00a0', '&', '/', '%20'].map((separator) => [
        `the right one behind another separator, "${separator}"`,
        `v1,AAAA${separator}v1,${mac}`,
      ]),
    ),
    'three thousand that are wrong': Array.from({ length: 3_000 }, () => 'v1,A').join(' '),
    // Forged from what is known of the secret, or of HMAC.
    'signed with the secret as it is written': `v1,${macWith(ours, signed)}`,
    'signed with its Base64': `v1,${macWith(ours.slice('whsec_'.length), signed)}`,
    'signed with nothing': `v1,${macWith('', signed)}`,
    'by SHA-1': `v1,${macWith(raw, signed, 'sha1')}`,
    'by SHA-512': `v1,${macWith(raw, signed, 'sha512')}`,
    'in hexadecimal': `v1,${Buffer.from(mac, 'base64').toString('hex')}`,
    'in Base64 for URLs, without its padding': `v1,${Buffer.from(mac, 'base64').toString('base64url')}`,
    'with its padding doubled': `v1,${mac}=`,
    'of the body alone': `v1,${macWith(raw, EVENT)}`,
    'of the body and the time': `v1,${macWith(raw, `${right.headers['svix-timestamp']}.${EVENT}`)}`,
    'of the parts in another order': `v1,${macWith(raw, `${right.headers['svix-timestamp']}.msg_1.${EVENT}`)}`,
  }

  test.each(Object.entries(signatures).map(([what, signature]) => [what, signature] as const))(
    '[R32] is refused: a signature that is %s',
    async (_, signature) => {
      const { headers } = right
      // As the header's value arrives, which a client would refuse to send in some of these forms.
      const verdict = createVerify([ours])(Buffer.from(EVENT), { ...headers, 'svix-signature': signature }, Date.now())
      expect(verdict).toMatchObject({
        verified: false,
        reason: expect.stringMatching(/^(signature_invalid|header_missing)$/),
      })
    },
  )

  test('[R32] is answered alike, byte for byte, whatever is wrong with the signature: nothing tells how near it came', async () => {
    await using app = await startTestApp()
    const own = signedRequest({ secret: app.secret, messageId: 'msg_1', body: EVENT })
    const sign = (at: number) => {
      const text = macOf(own)
      return `v1,${text.slice(0, at)}${text[at] === 'A' ? 'B' : 'A'}${text.slice(at + 1)}`
    }
    const attempts = [
      'v1,',
      'v1a,AAAA',
      sign(0),
      sign(21),
      sign(42),
      signedRequest({ secret: newSecret(), messageId: 'msg_1', body: EVENT }).headers['svix-signature']!,
      `v1,${'A'.repeat(10_000)}`,
    ]
    const told = new Set<string>()
    for (const signature of attempts) {
      const answer = await app.send(EVENT, { ...own.headers, 'svix-signature': signature })
      const headers = Object.fromEntries([...answer.headers].filter(([name]) => name !== 'date'))
      told.add(JSON.stringify([answer.status, headers, await answer.text()]))
    }
    expect(told.size).toBe(1)
    expect(app.enqueued).toEqual([])
  })
})

describe('what is compared', () => {
  afterEach(() => {
    vi.restoreAllMocks()
    syncBuiltinESMExports()
  })

  /** What `timingSafeEqual` was asked, in Base64. */
  function watched() {
    const compared: (readonly [string, string])[] = []
    const real = crypto.timingSafeEqual
    vi.spyOn(crypto, 'timingSafeEqual').mockImplementation((a, b) => {
      compared.push([Buffer.from(a as Buffer).toString(), Buffer.from(b as Buffer).toString()])
      return real(a, b)
    })
    syncBuiltinESMExports()
    return compared
  }

  test('[R33] every signature is held against every secret by one constant-time comparison of all of it, wherever they differ', () => {
    const compared = watched()
    const secrets = [newSecret(), newSecret(), newSecret()]
    const right = secrets.map((secret) =>
      macOf(signedRequest({ secret, messageId: 'msg_1', body: EVENT, attemptedAt: new Date(0) })),
    )
    const candidates = [0, 10, 42].map(
      (at) => `${right[1]!.slice(0, at)}${right[1]![at] === '7' ? '8' : '7'}${right[1]!.slice(at + 1)}`,
    )
    const headers = {
      'svix-id': 'msg_1',
      'svix-timestamp': '0',
      'svix-signature': candidates.map((mac) => `v1,${mac}`).join(' '),
    }
    const verdict = createVerify(secrets)(Buffer.from(EVENT), headers, 0)

    expect(verdict).toEqual({ verified: false, reason: 'signature_invalid' })
    expect(compared).toEqual(right.flatMap((mac) => candidates.map((given) => [given, mac])))
  })

  test('[R33] without that comparison nothing verifies, so there is no other', () => {
    vi.spyOn(crypto, 'timingSafeEqual').mockReturnValue(false)
    syncBuiltinESMExports()
    const secret = newSecret()
    const { headers } = signedRequest({ secret, body: EVENT })
    expect(createVerify([secret])(Buffer.from(EVENT), headers, Date.now())).toMatchObject({ verified: false })
  })
})

describe('a request that was right, recorded', () => {
  const secret = newSecret()
  const verify = createVerify([secret])
  const recorded = signedRequest({ secret, messageId: 'msg_1', body: EVENT, attemptedAt: new Date(10 * HOUR_MS) })
  const at = (ms: number, over: Record<string, string> = {}) =>
    verify(Buffer.from(EVENT), { ...recorded.headers, ...over }, ms)

  test('[R34] is taken within 300 s, and not after that, nor before', () => {
    expect(at(10 * HOUR_MS)).toMatchObject({ verified: true })
    expect(at(10 * HOUR_MS + 300_999)).toMatchObject({ verified: true })
    for (const ms of [10 * HOUR_MS + 301_000, 11 * HOUR_MS, 10 * HOUR_MS - 301_000, 0]) {
      expect(at(ms), String(ms)).toEqual({ verified: false, reason: 'timestamp_out_of_tolerance' })
    }
  })

  test('[R34] is none with a newer time, another id, or another body', () => {
    const later = { 'svix-timestamp': String(11 * 3_600) }
    expect(at(11 * HOUR_MS, later)).toEqual({ verified: false, reason: 'signature_invalid' })
    expect(at(10 * HOUR_MS, { 'svix-id': 'msg_2' })).toEqual({ verified: false, reason: 'signature_invalid' })
    const other = EVENT.replace('user_1', 'user_2')
    expect(verify(Buffer.from(other), recorded.headers, 10 * HOUR_MS)).toMatchObject({ verified: false })
  })
})
