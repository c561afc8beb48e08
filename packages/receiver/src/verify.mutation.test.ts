import { newSecret, signedRequest } from '@rollcall/testkit/svix'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Sent, startVerifiers } from './test-verifiers.ts'

/** Node's client refuses to send what is not printable in a header. */
const PRINTABLE = fc.integer({ min: 0x20, max: 0x7e })
const PARTS = ['body', 'svix-id', 'svix-timestamp', 'svix-signature'] as const

/**
 * A replacement character stands for many different bytes, and the signature is over the text: as Clerk has it, those
 * are the same body.
 */
const signedText = fc.json().filter((text) => !text.includes('\ufffd'))

const mutation = fc.oneof(
  fc.record({ part: fc.constant('body' as const), place: fc.nat(), byte: fc.integer({ min: 0, max: 255 }) }),
  fc.record({ part: fc.constantFrom(...PARTS), place: fc.nat(), byte: PRINTABLE }),
)

function mutate({ headers, body }: Sent, { part, place, byte }: { part: string; place: number; byte: number }): Sent {
  const bytes = part === 'body' ? body : Buffer.from(String(headers[part]))
  const at = place % bytes.length
  const mutated = Buffer.from(bytes.with(at, byte === bytes[at] ? byte ^ 1 : byte))
  return part === 'body' ? { headers, body: mutated } : { headers: { ...headers, [part]: mutated.toString() }, body }
}

test('[R1] refuses, as verifyWebhook does, whatever had one byte changed after it was signed', async () => {
  const secret = newSecret()
  await using verifiers = await startVerifiers(secret)

  await fc.assert(
    fc.asyncProperty(signedText, mutation, async (body, change) => {
      const signed = signedRequest({ secret, body })
      const sent = { headers: signed.headers, body: Buffer.from(body) }
      expect(await verifiers.verdicts(sent)).toMatchObject({ ours: { verified: true } })

      expect(await verifiers.verdicts(mutate(sent, change))).toMatchObject({
        ours: { verified: false },
        clerks: 'refused',
      })
    }),
    { numRuns: 500 },
  )
})

test('[R1] decodes any bytes as verifyWebhook does', async () => {
  const secret = newSecret()
  await using verifiers = await startVerifiers(secret)
  // Mostly what decoders disagree on: heads and tails of sequences, surrogates, overlong forms, byte order marks.
  const suspicious = fc.constantFrom(0x20, 0x7f, 0x80, 0xa0, 0xbb, 0xbf, 0xc0, 0xc2, 0xe0, 0xed, 0xef, 0xf0, 0xf4, 0xff)
  const bytes = fc
    .array(suspicious, { maxLength: 12 })
    .map((some) => Buffer.from(`"${Buffer.from(some).toString('latin1')}"`, 'latin1'))

  await fc.assert(
    fc.asyncProperty(bytes, async (body) => {
      expect(await verifiers.verdicts({ headers: { ...signedRequest({ secret, body }).headers }, body })).toMatchObject(
        {
          ours: { verified: true },
          clerks: 'accepted',
        },
      )
    }),
    { numRuns: 300 },
  )
})
