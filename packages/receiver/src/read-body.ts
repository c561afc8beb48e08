import type { IncomingMessage } from 'node:http'

/** Why there is no body: it has more than may be, or its sender went away before it was whole. */
export type Unread = 'body_too_large' | 'body_unreadable'

/** Reads a request's body as it came, up to so many bytes; what is more is not kept [R9]. */
export function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer | Unread> {
  const { promise, resolve } = Promise.withResolvers<Buffer | Unread>()
  const chunks: Buffer[] = []
  let length = 0
  request.on('data', (chunk: Buffer) => {
    length += chunk.length
    if (length <= maxBytes) chunks.push(chunk)
    else {
      chunks.length = 0
      resolve('body_too_large')
    }
  })
  // Most webhooks come in one piece, which need not be copied.
  request.on('end', () => resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)))
  request.on('error', () => resolve('body_unreadable'))
  request.on('close', () => resolve('body_unreadable'))
  return promise
}
