import { pause } from '@rollcall/shared/deadline'
import { PipelineError } from '@rollcall/shared/errors'
import { isJsonObject, type Json, parseJson } from '@rollcall/shared/json'
import { createRateLimit, type Rate } from './rate-limit.ts'

/** What Clerk answered: 200; or 403 for what the instance has not switched on, 404 for what is not there, 422 for what it does not do. */
export interface Answer {
  readonly status: 200 | 403 | 404 | 422
  readonly body: Json | undefined
  /** Clerk's own clock at the answer, in milliseconds, to the second; ours where it does not tell. */
  readonly readAt: number
}

/** Clerk's Backend API, as far as it only reads. */
export interface BackendApi {
  /** Rejects with `clerk_unavailable` or `clerk_refused`, or with the reason of the signal that stops it. */
  get(path: string, query?: Readonly<Record<string, string>>): Promise<Answer>
}

export interface BackendApiOptions {
  /** Without the version, as `https://api.clerk.com`. */
  readonly url: string
  readonly secretKey: string
  readonly rate: Rate
  readonly stop: AbortSignal
  /** The pause before the second try, which doubles with each. */
  readonly retryPauseMs?: number
}

/** The version of the API whose shapes the resources' mappings know. */
const API_VERSION = '2026-05-12'

/** Clerk's slowest answers are pages far into a list; what takes longer is lost. */
const ANSWER_MS = 30_000
const RETRY_PAUSE_MS = 1_000
/** With pauses of 1, 2, 4 … s: two minutes, which a deploy or a failover at Clerk's takes. */
const MOST_TRIES = 8
/** Where Clerk asks for patience and does not say how much. */
const RETRY_AFTER_MS = 10_000

/**
 * Reads politely: under its share of the rate limit [K5], never before `Retry-After` is over, and again, after growing
 * pauses, what failed at Clerk's or on the way [K6].
 *
 * Not by Clerk's SDK: that makes objects of its own of what it reads, from which most resources' JSON cannot be had back,
 * counts all users with each page of them, knows no list of an instance's domains, invitations and subscription items,
 * and waits for an answer for ever.
 */
export function openBackendApi(options: BackendApiOptions): BackendApi {
  const { url, secretKey, stop, retryPauseMs = RETRY_PAUSE_MS } = options
  const limited = createRateLimit(options.rate, stop)
  /** Nobody asks before this moment of `performance.now()`: Clerk said so to one, and means all. */
  let heldUntil = 0

  async function ask(target: URL): Promise<Response & { readonly text: string }> {
    const response = await fetch(target, {
      headers: { authorization: `Bearer ${secretKey}`, 'clerk-api-version': API_VERSION, accept: 'application/json' },
      // The API has none; what else answers may lead anywhere, and the secret key is for one host [L22].
      redirect: 'manual',
      signal: AbortSignal.any([stop, AbortSignal.timeout(ANSWER_MS)]),
    })
    return Object.assign(response, { text: await response.text() })
  }

  async function attempt(target: URL): Promise<Attempt> {
    try {
      return judge(await limited(() => ask(target)))
    } catch (error) {
      stop.throwIfAborted()
      if (error instanceof PipelineError) throw error
      return { failure: `it cannot be reached (${reasonOf(error)})` }
    }
  }

  async function untilAllowed(): Promise<void> {
    for (let waitMs = 1; waitMs > 0; waitMs = heldUntil - performance.now()) {
      await pause(Math.max(0, heldUntil - performance.now()), stop)
      stop.throwIfAborted()
    }
  }

  return {
    async get(path, query = {}) {
      const target = new URL(`${url.replace(/\/+$/, '')}/v1${path}`)
      for (const [name, value] of Object.entries(query)) target.searchParams.set(name, value)
      for (let tries = 1; ; ) {
        await untilAllowed()
        const result = await attempt(target)
        if ('answer' in result) return result.answer
        if ('retryAfterMs' in result) {
          heldUntil = Math.max(heldUntil, performance.now() + result.retryAfterMs)
          continue
        }
        if (tries === MOST_TRIES) throw unavailable(target, result.failure)
        await pause(retryPauseMs * 2 ** (tries - 1), stop)
        tries += 1
      }
    },
  }
}

/** How one request ended: with an answer, with a demand for patience, or with a failure that may pass. */
type Attempt = { readonly answer: Answer } | { readonly retryAfterMs: number } | { readonly failure: string }

function judge({ status, headers, text }: Response & { readonly text: string }): Attempt {
  if (status === 429) return { retryAfterMs: retryAfterOf(headers) }
  if (status >= 500) return { failure: `it answers ${status}` }
  if (status >= 300 && status < 400) {
    throw new PipelineError(
      'clerk_refused',
      `What answers at CLERK_API_URL sends elsewhere (${status}), and that is not followed: the secret key is for Clerk's Backend API alone. Set CLERK_API_URL to its own address, https://api.clerk.com.`,
    )
  }
  const body = parseJson(text)
  if (body === undefined) return { failure: `it answers ${status} with something else than JSON` }
  if (status === 200 || status === 404 || status === 422 || (status === 403 && isSwitchedOff(body))) {
    const date = Date.parse(headers.get('date') ?? '')
    return { answer: { status, body, readAt: Number.isNaN(date) ? Date.now() : date } }
  }
  if (status === 401 || status === 403) {
    throw new PipelineError(
      'clerk_refused',
      `Clerk's Backend API refuses CLERK_SECRET_KEY (${status}${codeIn(body)}). Copy the key again from the dashboard, API keys.`,
    )
  }
  throw new PipelineError(
    'clerk_refused',
    `Clerk's Backend API does not understand us (${status}${codeIn(body)}). Look at CLERK_API_URL, and upgrade Rollcall if it is an old one.`,
  )
}

/** Clerk answers so where the instance has no organizations or no billing: `organization_not_enabled_in_instance`. */
const isSwitchedOff = (body: Json): boolean => errorCode(body)?.includes('not_enabled') === true

function retryAfterOf(headers: Headers): number {
  const seconds = Number(headers.get('retry-after') ?? Number.NaN)
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1_000 : RETRY_AFTER_MS
}

/** The code of Clerk's first error: a word of Clerk's, never of the request's. */
export function errorCode(body: Json | undefined): string | undefined {
  const errors = isJsonObject(body) ? body.errors : undefined
  const first = Array.isArray(errors) ? (errors[0] as Json | undefined) : undefined
  return isJsonObject(first) && typeof first.code === 'string' ? first.code : undefined
}

const codeIn = (body: Json): string => {
  const code = errorCode(body)
  return code === undefined ? '' : `, ${code}`
}

const unavailable = (target: URL, reason: string) =>
  new PipelineError(
    'clerk_unavailable',
    `Clerk's Backend API at ${target.origin} does not answer: ${reason}. Look at https://status.clerk.com, and at CLERK_API_URL.`,
  )

/** What tells a failure of the connection apart: the code of what caused it, or its name. */
function reasonOf(error: unknown): string {
  const { name, cause } = error as { name?: string; cause?: { code?: string } }
  return cause?.code ?? (name === 'TimeoutError' ? `no answer within ${ANSWER_MS / 1_000} s` : (name ?? 'unknown'))
}
