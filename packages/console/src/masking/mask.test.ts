import { readdirSync, readFileSync } from 'node:fs'
import { resources } from '@rollcall/resources/registry'
import type { Json } from '@rollcall/shared/json'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isSecretField, mask } from './mask.ts'
import { MASK, maskText, maskTexts } from './mask-text.ts'
import { maskBody } from './masked-body.ts'

const SECRET = 'kR4bn0tToBeSeen'

describe('fields', () => {
  test.each([
    ...['otp_code', 'otpCode', 'OTP-Code', 'code', 'verification_code', 'token', 'access_token', 'sessionToken', 'jwt'],
    ...[
      'password',
      'password_digest',
      'passcode',
      'secret',
      'client_secret',
      'totp',
      'backup_codes',
      'ticket',
      'nonce',
    ],
    ...['private_metadata', 'privateMetadata', 'api_key', 'authorization', 'cookie', 'body', 'body_plain', 'subject'],
    ...['message', 'signature'],
  ])('[X8] `%s` is nobody’s business, however deep it is', (name) => {
    const masked = JSON.stringify(mask({ data: [{ deep: { [name]: SECRET } }, { [name]: { inner: SECRET } }] }))
    expect(masked).not.toContain(SECRET)
    expect(masked).toContain(MASK)
    expect(JSON.stringify(mask({ [name]: 123_456 }))).not.toContain('123456')
  })

  test.each([
    ...['id', 'email_address', 'first_name', 'status', 'role', 'slug', 'password_enabled', 'nonce_expires_at', 'key'],
    ...['totp_enabled', 'country_code', 'decline_code', 'public_metadata', 'username', 'updated_at', 'passkeys'],
  ])('[X8] `%s` is needed to understand an event', (name) => {
    expect(mask({ [name]: 'plain' })).toEqual({ [name]: 'plain' })
  })

  test('[X8] the code of an error says what happened', () => {
    expect(isSecretField('code', 'failed_reason')).toBe(false)
    expect(mask({ failed_reason: { code: 'card_declined' } })).toEqual({ failed_reason: { code: 'card_declined' } })
  })

  test('[X8] what is empty, null, true or false tells nothing', () => {
    const empty = { token: null, otp_code: '', private_metadata: {}, backup_codes: [], password: true }
    expect(mask(empty)).toEqual(empty)
  })
})

describe('texts', () => {
  test.each([
    ['eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ1c2VyXzEifQ.c2lnbmF0dXJl', MASK],
    ['with Bearer abcdefgh12345678 in it', `with ${MASK} in it`],
    ['sk_live_abcdefghijklmnop', MASK],
    ['whsec_abcdefghijklmnop', MASK],
    ['https://a.example.com/v1/accept?ticket=abc#x', `https://a.example.com/v1/accept?${MASK}`],
    ['https://ada:pass@a.example.com/x', `https://${MASK}@a.example.com/x`],
    [`see https://a.example.com/verify/${'x'.repeat(40)}.`, `see https://a.example.com/verify/${MASK}`],
    ['https://img.example.com/ada.png', 'https://img.example.com/ada.png'],
    ['user_2rollcallExampleAda00001', 'user_2rollcallExampleAda00001'],
  ])('[X8] "%s" is shown as "%s"', (text, shown) => {
    expect(maskText(text)).toBe(shown)
    expect(maskTexts([{ text }])).toEqual([{ text: shown }])
  })
})

/** What our own example bodies carry where real ones carry what opens doors. */
const IN_EXAMPLES = /\b000000\b|example-ticket/

const examples = resources.flatMap(({ fixtures }) =>
  readdirSync(fixtures).map((name) => [name, readFileSync(new URL(name, fixtures), 'utf8')] as const),
)

test.each(examples)('[X8] %s is shown without codes and tickets, and with what it is about', (_name, text) => {
  const shown = maskBody(text)
  if (shown.kind !== 'json') throw new Error('an example is JSON')
  expect(shown.text).not.toMatch(IN_EXAMPLES)
  expect(shown.text).toContain((JSON.parse(text) as { data: { id: string } }).data.id)
})

test('[X8] a body that is not JSON is not shown, for nobody knows where in it the secrets are', () => {
  expect(maskBody('code=123456')).toEqual({ kind: 'opaque', characters: 11 })
  expect(maskBody('"123456"')).toEqual({ kind: 'opaque', characters: 8 })
  expect(maskBody(null)).toEqual({ kind: 'none' })
})

test('[X8] masking keeps the shape of any JSON, and masks what is masked already to the same', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const masked = mask(value as Json)
      expect(mask(masked)).toEqual(masked)
      if (typeof value === 'object' && value !== null) expect(Object.keys(masked as object)).toEqual(Object.keys(value))
    }),
  )
})
