import type { KeyObject } from 'node:crypto'
import type { Delivery } from '@rollcall/shared/delivery'
import { PipelineError } from '@rollcall/shared/errors'
import { keyIdOf, seal, unseal } from './body-cipher.ts'
import { COMPRESSED, compressBody, decompressBody } from './body-compression.ts'

/** A delivery as a job holds it: its body may be compressed [Q40], and then encrypted [Q42]. */
export interface QueuedDelivery extends Omit<Delivery, 'encoding'> {
  /** What the body is; of one that is encrypted, what it was before. */
  readonly encoding: Delivery['encoding'] | typeof COMPRESSED
  /** The id of the key that it is encrypted with. */
  readonly sealedWith?: string
}

export interface BodyCodec {
  /** Whether what is put on the queue must not be readable there: neither may what quotes it. */
  readonly encrypts: boolean
  pack(delivery: Delivery): QueuedDelivery
  /** Reads what any version has written, however this one is set up [Q41]. Throws `job_unreadable`. */
  unpack(queued: QueuedDelivery): Delivery
}

/** The variables that say what becomes of bodies on the queue, by their names. */
export interface BodyVariables {
  readonly QUEUE_COMPRESSION?: 'on' | 'off' | undefined
  readonly QUEUE_ENCRYPTION_KEY?: readonly KeyObject[] | undefined
}

export const bodyCodecFor = (variables: BodyVariables): BodyCodec =>
  createBodyCodec({
    compression: variables.QUEUE_COMPRESSION !== 'off',
    encryptionKeys: variables.QUEUE_ENCRYPTION_KEY ?? [],
  })

export function createBodyCodec(options: {
  readonly compression: boolean
  /** The first encrypts, each decrypts. */
  readonly encryptionKeys: readonly KeyObject[]
}): BodyCodec {
  const keys = new Map(options.encryptionKeys.map((key) => [keyIdOf(key), key]))
  const [first] = keys

  function decrypt(queued: QueuedDelivery, keyId: string): Buffer {
    const key = keys.get(keyId)
    if (!key) throw unreadable(keys.size === 0 ? NO_KEY : OTHER_KEY)
    return told(ALTERED, () => unseal(key, Buffer.from(queued.body, 'base64'), contextOf(queued)))
  }

  return {
    encrypts: first !== undefined,
    pack(delivery) {
      const compressed = options.compression ? compressedText(delivery) : undefined
      if (!first) {
        return compressed ? { ...delivery, encoding: COMPRESSED, body: compressed.toString('base64') } : delivery
      }
      const [keyId, key] = first
      const packed: QueuedDelivery = { ...delivery, encoding: compressed ? COMPRESSED : delivery.encoding }
      const bytes = compressed ?? Buffer.from(delivery.body, delivery.encoding)
      return { ...packed, body: seal(key, bytes, contextOf(packed)).toString('base64'), sealedWith: keyId }
    },
    unpack(queued) {
      const { sealedWith, ...packed } = queued
      const { encoding } = packed
      if (encoding !== 'utf8' && encoding !== 'base64' && encoding !== COMPRESSED) throw unreadable(NEWER)
      if (sealedWith === undefined && encoding !== COMPRESSED) return { ...packed, encoding }
      const bytes = sealedWith === undefined ? Buffer.from(packed.body, 'base64') : decrypt(queued, sealedWith)
      if (encoding !== COMPRESSED) return { ...packed, encoding, body: bytes.toString(encoding) }
      const body = told(ALTERED, () => decompressBody(bytes)).toString('utf8')
      return { ...packed, encoding: 'utf8', body }
    },
  }
}

/** What is no text is none of Clerk's, and seldom gets smaller. */
const compressedText = ({ body, encoding }: Delivery): Buffer | undefined =>
  encoding === 'utf8' ? compressBody(Buffer.from(body)) : undefined

/** All that a job says besides the body. A body that is found with anything else has been moved, or what is beside it changed [Q43]. */
const contextOf = ({ messageId, attemptedAt, receivedAt, replayed, encoding }: QueuedDelivery): string =>
  JSON.stringify([messageId, attemptedAt, receivedAt, replayed === true, encoding])

const NO_KEY =
  'the body is encrypted, and QUEUE_ENCRYPTION_KEY is not set here: set it as it is set for the receivers, and retry'
const OTHER_KEY =
  'the body is encrypted with a key that is not in QUEUE_ENCRYPTION_KEY here: add that key behind the others, and retry'
const ALTERED =
  'the body is not as it was put on the queue, or belongs to another message: discard it, and resend the message from Clerk’s dashboard'
const NEWER = 'the body was put on the queue by a newer version: start that version here, and retry'

const unreadable = (message: string, cause?: unknown): PipelineError =>
  new PipelineError('job_unreadable', message, { cause })

function told<Value>(message: string, read: () => Value): Value {
  try {
    return read()
  } catch (error) {
    throw unreadable(message, error)
  }
}
