import { createHmac } from 'node:crypto'
import { uniqueName } from '@rollcall/testkit/unique-name'
import fc from 'fast-check'
import type { FuzzedBody } from './bodies.ts'

/** A request that is as HTTP wants it, and what has to be answered. */
export interface Request {
  readonly kind: string
  readonly bytes: Buffer
  readonly status: number
  /** Of one that is signed and is to be taken: the message that must not be lost. */
  readonly messageId?: string
}

export const MEGABYTE = 1_048_576

/** The headers of a webhook, signed as Svix does it: over the text that the bytes decode to. */
export function signedHeaders(secret: string, messageId: string, raw: Buffer): Readonly<Record<string, string>> {
  const seconds = Math.floor(Date.now() / 1_000)
  const key = Buffer.from(secret.replace('whsec_', ''), 'base64')
  const signed = `${messageId}.${seconds}.${new TextDecoder().decode(raw)}`
  return {
    'content-type': 'application/json',
    'svix-id': messageId,
    'svix-timestamp': `${seconds}`,
    'svix-signature': `v1,${createHmac('sha256', key).update(signed).digest('base64')}`,
  }
}

export function written(line: string, headers: Readonly<Record<string, string>>, body: Buffer): Buffer {
  const lines = Object.entries({ host: 'receiver', ...headers }).map(([name, value]) => `${name}: ${value}`)
  return Buffer.concat([Buffer.from(`${[line, ...lines].join('\r\n')}\r\n\r\n`), body])
}

const POST = 'POST /api/webhooks HTTP/1.1'
const withLength = (headers: Readonly<Record<string, string>>, body: Buffer) => ({
  ...headers,
  'content-length': `${body.length}`,
})

/** Requests of all kinds that can be told from what they are. Bodies are anything, signed or not. */
export function wellFormed(secret: string, bodies: fc.Arbitrary<FuzzedBody>): fc.Arbitrary<Request> {
  const signed = fc.tuple(bodies, fc.option(chunking, { freq: 3 })).map(([{ raw }, chunks]): Request => {
    const messageId = uniqueName('msg_fuzz')
    const headers = signedHeaders(secret, messageId, raw)
    const isTooLarge = raw.length > MEGABYTE
    return {
      kind: isTooLarge ? 'signed, too large' : chunks ? 'signed, chunked' : 'signed',
      bytes: chunks
        ? written(POST, { ...headers, 'transfer-encoding': 'chunked' }, inChunks(raw, chunks))
        : written(POST, withLength(headers, raw), raw),
      status: isTooLarge ? 413 : 200,
      ...(!isTooLarge && { messageId }),
    }
  })
  const unsigned = bodies.map(({ raw }): Request => {
    const bytes = written(POST, withLength({ 'content-type': 'application/json' }, raw), raw)
    return { kind: 'unsigned', bytes, status: raw.length > MEGABYTE ? 413 : 400 }
  })
  const forged = bodies.map(({ raw }): Request => {
    const headers = signedHeaders(secret, 'msg_forged', Buffer.concat([raw, Buffer.from(' ')]))
    return {
      kind: 'forged',
      bytes: written(POST, withLength(headers, raw), raw),
      status: raw.length > MEGABYTE ? 413 : 400,
    }
  })
  return fc.oneof(
    { weight: 5, arbitrary: signed },
    { weight: 2, arbitrary: unsigned },
    { weight: 1, arbitrary: forged },
    { weight: 3, arbitrary: fc.constantFrom(...OTHERS) },
  )
}

const plain = (kind: string, line: string, status: number, headers = {}, body = ''): Request => ({
  kind,
  status,
  bytes: written(line, body ? withLength(headers, Buffer.from(body)) : headers, Buffer.from(body)),
})

const OTHERS: readonly Request[] = [
  plain('health', 'GET /healthz HTTP/1.1', 200),
  plain('health', 'GET http://elsewhere/healthz?a=1 HTTP/1.1', 200),
  plain('unknown path', 'GET /api/webhooks/../../etc/passwd HTTP/1.1', 404),
  plain('unknown path', 'GET // HTTP/1.1', 404),
  plain('unknown path', 'OPTIONS * HTTP/1.1', 404),
  plain('unknown path', 'POST http://[ HTTP/1.1', 404),
  plain('unknown path', `GET /${'%00'.repeat(2_000)} HTTP/1.1`, 404),
  plain('other method', 'GET /api/webhooks HTTP/1.1', 405),
  plain('other method', 'PATCH /API/Webhooks/ HTTP/1.1', 405, {}, 'x'),
  plain('other method', 'TRACE /api/webhooks HTTP/1.1', 405),
  plain('other type', POST, 415, { 'content-type': 'text/plain' }, '{}'),
  plain('compressed', POST, 415, { 'content-type': 'application/json', 'content-encoding': 'gzip' }, 'x'),
]

/** How a body is cut, and what is said beside each piece. */
interface Chunking {
  readonly sizes: readonly number[]
  readonly extension: string
  readonly trailer: string
}

const chunking: fc.Arbitrary<Chunking> = fc.record({
  sizes: fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 5 }),
  extension: fc.constantFrom('', '', ';a', ';a=b', ';a="b;c"', `;${'x'.repeat(200)}`),
  trailer: fc.constantFrom('', '', 'x-trailer: 1\r\n', 'svix-id: other\r\n'),
})

/** The sizes over and over; a large body in pieces of a kilobyte and more, for its pieces are not what is large about it. */
function inChunks(raw: Buffer, { sizes, extension, trailer }: Chunking): Buffer {
  const pieces: Buffer[] = []
  const factor = raw.length > 10_000 ? 1_000 : 1
  for (let at = 0, i = 0; at < raw.length; i += 1) {
    const piece = raw.subarray(at, at + sizes[i % sizes.length]! * factor)
    pieces.push(Buffer.from(`${piece.length.toString(16)}${extension}\r\n`), piece, Buffer.from('\r\n'))
    at += piece.length
  }
  return Buffer.concat([...pieces, Buffer.from(`0\r\n${trailer}\r\n`)])
}
