import type { ServerResponse } from 'node:http'

/** What a sender is told, as JSON. */
export interface Answer {
  readonly status: number
  /** Why so, in a word: of a refusal, the code that it tells. */
  readonly reason: string
  readonly json: string
  readonly headers?: Readonly<Record<string, string>>
}

/** What people are told of a refusal: what happened, and what to do about it. Never a payload, never a secret [R2]. */
export interface Told {
  readonly happened: string
  readonly next: string
}

/** A refusal: a code for programs, and what people are told. */
export const refusal = (
  status: number,
  error: string,
  { happened, next }: Told,
  headers?: Answer['headers'],
): Answer => ({
  status,
  reason: error,
  json: JSON.stringify({ error, message: `${happened} ${next}` }),
  ...(headers && { headers }),
})

/** Svix takes it as a hint within its own schedule; other senders wait this long. */
const RETRY_AFTER_SECONDS = 5

/** The webhook is fine and cannot be taken now: its sender must keep it and try again [R3]. */
export const deferral = (error: string, told: Told): Answer =>
  refusal(503, error, told, { 'retry-after': String(RETRY_AFTER_SECONDS) })

export function send(response: ServerResponse, { status, json, headers }: Answer): void {
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(json),
    ...headers,
  })
  response.end(json)
}
