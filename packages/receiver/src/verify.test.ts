import { newSecret, signedRequest } from '@rollcall/testkit/svix'
import { describe, expect, test } from 'vitest'
import { createVerify, type Verdict } from './verify.ts'

const BODY = '{"type":"user.created"}'

function verdictOn(secrets: readonly string[], message: { secret: string; messageId?: string }): Verdict {
  const { headers, body } = signedRequest({ ...message, body: BODY })
  return createVerify(secrets)(Buffer.from(body), headers, Date.now())
}

function messageIdOf(messageId: string): string {
  const secret = newSecret()
  const verdict = verdictOn([secret], { secret, messageId })
  if (!verdict.verified) throw new Error(verdict.reason)
  return verdict.delivery.messageId
}

describe('createVerify', () => {
  test.each([0, 1, 2])('[R4] accepts what any of several secrets signed: secret %i of 3', (signer) => {
    const secrets = [newSecret(), newSecret(), newSecret()]
    expect(verdictOn(secrets, { secret: secrets[signer]! })).toMatchObject({ verified: true })
  })

  test('[R4] refuses what none of several secrets signed', () => {
    expect(verdictOn([newSecret(), newSecret()], { secret: newSecret() })).toEqual({
      verified: false,
      reason: 'signature_invalid',
    })
  })

  test('[R4] accepts a request that carries the signatures of several secrets, one of them known', () => {
    const [known, unknown] = [newSecret(), newSecret()]
    const [first, second] = [unknown, known].map((secret) => signedRequest({ secret, messageId: 'msg_1', body: BODY }))
    const headers = {
      ...first!.headers,
      'svix-timestamp': second!.headers['svix-timestamp']!,
      'svix-signature': `${first!.headers['svix-signature']} ${second!.headers['svix-signature']}`,
    }
    expect(createVerify([known])(Buffer.from(BODY), headers, Date.now())).toMatchObject({ verified: true })
  })

  test("[R6] the delivery carries the attempt's time and the time at which it came, in milliseconds", () => {
    const secret = newSecret()
    const attemptedAt = new Date(Math.floor(Date.now() / 1_000) * 1_000)
    const { headers } = signedRequest({ secret, messageId: 'msg_1', body: BODY, attemptedAt })
    const receivedAt = attemptedAt.getTime() + 123

    expect(createVerify([secret])(Buffer.from(BODY), headers, receivedAt)).toEqual({
      verified: true,
      delivery: { messageId: 'msg_1', attemptedAt: attemptedAt.getTime(), receivedAt, body: BODY, encoding: 'utf8' },
    })
  })

  test('[R5] an id too long for an index is known by its digest, and by the same one at every attempt', () => {
    const long = 'x'.repeat(5_000)
    expect(messageIdOf('x'.repeat(255))).toBe('x'.repeat(255))
    expect(messageIdOf(long)).toMatch(/^sha256-[0-9a-f]{64}$/)
    expect(messageIdOf(long)).toBe(messageIdOf(long))
    expect(messageIdOf(long)).not.toBe(messageIdOf(`${long}y`))
  })
})
