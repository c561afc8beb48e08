import { createSecretKey, randomBytes } from 'node:crypto'
import { type Delivery, packBody } from '@rollcall/shared/delivery'
import { PipelineError } from '@rollcall/shared/errors'
import { deliveryOf } from '@rollcall/testkit/deliveries'
import { runSeed } from '@rollcall/testkit/seed'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type BodyCodec, bodyCodecFor, createBodyCodec, type QueuedDelivery } from './body-codec.ts'

const seed = runSeed()
const newKey = () => createSecretKey(randomBytes(32))
const [oldKey, key] = [newKey(), newKey()]

const plain = createBodyCodec({ compression: false, encryptionKeys: [] })
const compressing = createBodyCodec({ compression: true, encryptionKeys: [] })
const encrypting = createBodyCodec({ compression: false, encryptionKeys: [key] })
const both = createBodyCodec({ compression: true, encryptionKeys: [key, oldKey] })
const codecs = { plain, compressing, encrypting, both }

/** The canary stands for what nobody may read. */
const CANARY = 'kR4bn0tToBeSeen'
const BODY = JSON.stringify({
  object: 'event',
  type: 'user.created',
  data: { object: 'user', id: 'user_1', first_name: CANARY, email_addresses: [], public_metadata: { plan: CANARY } },
})

/** As a job comes back from Redis or Postgres. */
const stored = (queued: QueuedDelivery): QueuedDelivery => JSON.parse(JSON.stringify(queued))

function problemOf(codec: BodyCodec, queued: QueuedDelivery): PipelineError {
  try {
    codec.unpack(queued)
  } catch (error) {
    if (error instanceof PipelineError) return error
    throw error
  }
  throw new Error('it was read')
}

const raw = fc.oneof(
  fc.uint8Array({ maxLength: 300 }).map((some) => Buffer.from(some)),
  fc.string({ unit: 'binary', maxLength: 300 }).map((some) => Buffer.from(some)),
  fc.json().map((some) => Buffer.from(some)),
  fc.nat(4_000).map((length) => Buffer.from(BODY.repeat(1 + (length >> 8)).slice(0, length))),
)

const anyDelivery: fc.Arbitrary<Delivery> = fc
  .record({ bytes: raw, messageId: fc.string({ unit: 'binary' }), at: fc.nat(), replayed: fc.boolean() })
  .map(({ bytes, messageId, at, replayed }) => ({
    ...{ messageId, attemptedAt: at * 1_000, receivedAt: at, ...packBody(bytes) },
    ...(replayed && { replayed }),
  }))

describe.each(Object.entries(codecs))('%s', (_name, codec) => {
  test(`[Q40] any delivery comes back as it was (seed ${seed})`, () => {
    fc.assert(
      fc.property(anyDelivery, (delivery) => {
        expect(codec.unpack(stored(codec.pack(delivery)))).toEqual(delivery)
      }),
      { seed, numRuns: 2_000 },
    )
  })

  test(`[Q41] what it writes is read by whoever has the key, also in another place, and however bodies are compressed there (seed ${seed})`, () => {
    const readers = [true, false].map((compression) =>
      createBodyCodec({ compression, encryptionKeys: [oldKey, newKey(), key] }),
    )
    fc.assert(
      fc.property(anyDelivery, (delivery) => {
        const queued = stored(codec.pack(delivery))
        for (const reader of readers) expect(reader.unpack(queued)).toEqual(delivery)
      }),
      { seed, numRuns: 500 },
    )
  })

  test(`[Q41] it reads what was written without a key (seed ${seed})`, () => {
    fc.assert(
      fc.property(anyDelivery, (delivery) => {
        for (const writer of [plain, compressing]) expect(codec.unpack(stored(writer.pack(delivery)))).toEqual(delivery)
      }),
      { seed, numRuns: 500 },
    )
  })

  test('[S3] a job’s fields that this version does not know stay with it, and do no harm', () => {
    const newer = { ...codec.pack(deliveryOf(BODY)), region: 'eu' }
    expect(codec.unpack(stored(newer))).toMatchObject({ body: BODY, encoding: 'utf8', region: 'eu' })
  })
})

test('[Q40] what would not get smaller travels as it is', () => {
  for (const body of ['', '{}', randomBytes(300).toString('hex').slice(0, 40), 'x'.repeat(1_048_577)]) {
    const delivery = deliveryOf(body)
    expect(compressing.pack(delivery)).toBe(delivery)
  }
  expect(compressing.pack(deliveryOf(BODY)).body.length).toBeLessThan(BODY.length)
})

test('[Q41] bodies that this version’s predecessors left on the queue are read', () => {
  const written: readonly (readonly [QueuedDelivery, string])[] = [
    [deliveryOf('{"a":1}', { encoding: 'utf8' }), '{"a":1}'],
    [deliveryOf('eyJhIjoxfQ==', { encoding: 'base64' }), 'eyJhIjoxfQ=='],
    [{ ...deliveryOf(PACKED_BY_LZ4_1), encoding: 'lz4-1' }, '{"type":"user.created","data":{"id":"user_1"}}'],
  ]
  for (const [queued, body] of written) expect(both.unpack(queued).body).toBe(body)
})

/** Never to be written anew: that this is read is what lets jobs outlive a version. */
const PACKED_BY_LZ4_1 = 'LgAAAB97hwYEBBUCAQYEkHVzZXJfMSJ9fQ=='

test('[Q42] the first key encrypts, each decrypts: keys are changed while jobs wait', () => {
  const before = createBodyCodec({ compression: true, encryptionKeys: [oldKey] })
  const announced = createBodyCodec({ compression: true, encryptionKeys: [oldKey, key] })
  const changed = createBodyCodec({ compression: true, encryptionKeys: [key, oldKey] })
  const after = createBodyCodec({ compression: true, encryptionKeys: [key] })
  const delivery = deliveryOf(BODY)

  for (const [writers, readers] of [
    [
      [before, announced],
      [before, announced, changed],
    ],
    [
      [changed, after],
      [announced, changed, after],
    ],
  ] as const) {
    for (const writer of writers) {
      for (const reader of readers) expect(reader.unpack(stored(writer.pack(delivery)))).toEqual(delivery)
    }
  }
  expect(announced.pack(delivery).sealedWith).toBe(before.pack(delivery).sealedWith)
  expect(changed.pack(delivery).sealedWith).not.toBe(before.pack(delivery).sealedWith)
})

test('[Q42] what is encrypted holds nothing of the body or the key, and is never the same twice', () => {
  for (const codec of [encrypting, both]) {
    const [first, second] = [codec.pack(deliveryOf(BODY)), codec.pack(deliveryOf(BODY))]
    expect(first.body).not.toBe(second.body)
    const text = Buffer.from(first.body, 'base64').toString('latin1') + JSON.stringify(first)
    for (const part of [CANARY, 'user_1', 'first_name']) expect(text).not.toContain(part)
    const secret = key.export()
    for (const written of ['hex', 'base64', 'base64url', 'latin1'] as const)
      expect(text).not.toContain(secret.toString(written).slice(0, 9))
  }
})

test('[Q43] a body of which a bit was changed is refused, whichever it is', () => {
  const queued = both.pack(deliveryOf(BODY))
  const bytes = Buffer.from(queued.body, 'base64')
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const changed = Buffer.from(bytes)
    changed[bit >> 3]! ^= 1 << (bit & 7)
    expect(problemOf(both, { ...queued, body: changed.toString('base64') }).code).toBe('job_unreadable')
  }
  for (const length of [0, 1, 12, 27, 28, bytes.length - 1]) {
    const cut = { ...queued, body: bytes.subarray(0, length).toString('base64') }
    expect(problemOf(both, cut).code).toBe('job_unreadable')
  }
})

test('[Q43] a body is refused in the job of another message, and beside anything that was changed', () => {
  const queued = both.pack(deliveryOf(BODY))
  const moved: readonly Partial<QueuedDelivery>[] = [
    { messageId: 'msg_of_somebody_else' },
    { attemptedAt: queued.attemptedAt + 1 },
    { receivedAt: queued.receivedAt + 1 },
    { replayed: true },
    { encoding: 'utf8' },
  ]
  for (const change of moved)
    expect(problemOf(both, { ...queued, ...change }).message).toMatch(/^the body is not as it/)
})

test('[Q44] what cannot be read is tried again, and said in a sentence that names the variable and no secret', () => {
  const queued = both.pack(deliveryOf(BODY))
  const compressed = compressing.pack(deliveryOf(BODY))
  const problems = [
    [problemOf(plain, queued), /QUEUE_ENCRYPTION_KEY is not set here/],
    [
      problemOf(createBodyCodec({ compression: true, encryptionKeys: [newKey()] }), queued),
      /not in QUEUE_ENCRYPTION_KEY/,
    ],
    [problemOf(both, { ...compressed, body: `${compressed.body.slice(0, 20)}` }), /resend the message/],
    [problemOf(both, { ...compressed, encoding: 'lz4-9' as 'lz4-1' }), /by a newer version/],
  ] as const
  for (const [error, told] of problems) {
    expect(error).toMatchObject({
      code: 'job_unreadable',
      disposition: 'attempt',
      message: expect.stringMatching(told),
    })
    expect(error.message).not.toContain(queued.sealedWith)
  }
})

test('[Q40] compression is on, and encryption off, where nothing is said', () => {
  expect(bodyCodecFor({}).pack(deliveryOf(BODY))).toMatchObject({ encoding: 'lz4-1' })
  expect(bodyCodecFor({}).pack(deliveryOf(BODY))).not.toHaveProperty('sealedWith')
  expect(bodyCodecFor({ QUEUE_COMPRESSION: 'off' }).pack(deliveryOf(BODY))).toMatchObject({ body: BODY })
  expect(bodyCodecFor({ QUEUE_ENCRYPTION_KEY: [key] }).pack(deliveryOf(BODY))).toHaveProperty('sealedWith')
})
