import type { ServerResponse } from 'node:http'

/** What a sender is told, as JSON. */
export interface Answer {
  readonly status: number
  /** Why so, in a word: of a refusal, the code that it tells. */
  readonly reason: string
  readonly json: string
  readonly headers?: Readonly<Record<string, string>>
}

/** A refusal: a code for programs, and a sentence for people on what to do [R2]. */
export const refusal = (status: number, error: string, message: string, headers?: Answer['headers']): Answer => ({
  status,
  reason: error,
  json: JSON.stringify({ error, message }),
  ...(headers && { headers }),
})

export function send(response: ServerResponse, { status, json, headers }: Answer): void {
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(json),
    ...headers,
  })
  response.end(json)
}
