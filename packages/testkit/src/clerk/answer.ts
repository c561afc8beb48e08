import type { Json } from '@rollcall/shared/json'

/** What the Backend API says to a request. */
export interface Answer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body: Json
}

export const found = (body: Json): Answer => ({ status: 200, body })

export const notFound = (what: string): Answer =>
  failure(404, 'resource_not_found', 'not found', `No ${what} was found.`)

export const unprocessable = (parameter: string, why: string): Answer =>
  failure(422, 'form_param_value_invalid', 'is invalid', `${parameter} ${why}`)

export const unauthorized = (): Answer =>
  failure(
    401,
    'clerk_key_invalid',
    'The provided Clerk Secret Key is invalid. Make sure that your Clerk Secret Key is correct.',
  )

export const methodNotAllowed = (): Answer => failure(405, 'method_not_allowed', 'This server only answers GET.')

export const tooManyRequests = (retryAfterSeconds: number): Answer => ({
  ...failure(429, 'too_many_requests', 'Too many requests. Please try again in a bit.'),
  headers: { 'Retry-After': String(retryAfterSeconds) },
})

/** In the shape of all of Clerk's errors. */
export const failure = (status: number, code: string, message: string, longMessage = message): Answer => ({
  status,
  body: { errors: [{ code, message, long_message: longMessage }], clerk_trace_id: TRACE_ID },
})

const TRACE_ID = '0123456789abcdef0123456789abcdef'
