import type { IncomingMessage } from 'node:http'

/**
 * Why there is no body: it has more than may be; its sender went away before it was whole; or there was no room for all
 * that came at once.
 */
export type Unread = 'body_too_large' | 'body_unreadable' | 'bodies_too_many'

/** Reads a request's body as it came. */
export type ReadBody = (request: IncomingMessage) => Promise<Buffer | Unread>

/**
 * What bodies that are not whole yet may hold together. A webhook comes in one piece or in a few, within milliseconds; who
 * sends a megabyte and keeps back its end needs no signature for that, and may do it over thousands of connections.
 */
const MOST_UNFINISHED_BYTES = 33_554_432

/** A body that is being read. */
interface Unfinished {
  readonly pieces: Buffer[]
  /** Of the last piece, the bytes that are filled. */
  filled: number
  length: number
  readonly resolve: (ended: Buffer | Unread) => void
}

/**
 * Reads bodies of up to so many bytes; what is more is not kept [R9]. Where those that are not whole yet would hold more
 * than may be, the one that has been coming for longest is given up [R22].
 */
export function createBodyReader(maxBytes: number, mostUnfinishedBytes = MOST_UNFINISHED_BYTES): ReadBody {
  /** In the order in which they began to come. */
  const unfinished = new Set<Unfinished>()
  let held = 0

  function end(body: Unfinished, ended: () => Buffer | Unread): void {
    if (!unfinished.delete(body)) return
    held -= body.length
    body.resolve(ended())
    body.pieces.length = 0
  }

  function keep(body: Unfinished, chunk: Buffer): void {
    if (!unfinished.has(body)) return
    if (body.length + chunk.length > maxBytes) {
      end(body, () => 'body_too_large')
      return
    }
    append(body, chunk)
    held += chunk.length
    for (const oldest of unfinished) {
      if (held <= mostUnfinishedBytes) return
      end(oldest, () => 'bodies_too_many')
    }
  }

  return (request) => {
    const { promise, resolve } = Promise.withResolvers<Buffer | Unread>()
    const body: Unfinished = { pieces: [], filled: 0, length: 0, resolve }
    unfinished.add(body)
    request.on('data', (chunk: Buffer) => keep(body, chunk))
    request.on('end', () => end(body, () => whole(body)))
    request.on('error', () => end(body, () => 'body_unreadable'))
    request.on('close', () => end(body, () => 'body_unreadable'))
    return promise
  }
}

/** Pieces smaller than this are copied together: an object for each byte of a megabyte would be three hundred megabytes. */
const PAGE_BYTES = 16_384

function append(body: Unfinished, chunk: Buffer): void {
  body.length += chunk.length
  const last = body.pieces.at(-1)
  if (last && body.filled + chunk.length <= last.length) {
    body.filled += chunk.copy(last, body.filled)
    return
  }
  if (last) body.pieces[body.pieces.length - 1] = last.subarray(0, body.filled)
  // The first comes as it is: most webhooks are one piece, which need not be copied.
  const isKept = last === undefined || chunk.length >= PAGE_BYTES
  const piece = isKept ? chunk : Buffer.allocUnsafeSlow(PAGE_BYTES)
  if (!isKept) chunk.copy(piece)
  body.pieces.push(piece)
  body.filled = chunk.length
}

function whole({ pieces, filled }: Unfinished): Buffer {
  const last = pieces.at(-1)?.subarray(0, filled)
  return pieces.length === 1 ? last! : Buffer.concat(last ? [...pieces.slice(0, -1), last] : [])
}
