import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Answer, failure, methodNotAllowed, tooManyRequests, unauthorized } from './answer.ts'
import { createFaults, type Fault } from './faults.ts'
import type { ClerkInstance } from './instance.ts'
import { createRateLimiter, RATE_LIMITS, type RateLimit } from './rate-limit.ts'
import { answerTo } from './routes.ts'

export interface BackendApi extends AsyncDisposable {
  /** Without `/v1`, as the SDK's `apiUrl`. */
  readonly url: string
  readonly secretKey: string
  /** In the order in which they came. */
  readonly requests: readonly SeenRequest[]
  /** The greatest number of requests in any window of the rate limit, those included that it refused. */
  readonly mostInWindow: number
  /** How many requests the rate limit refused. */
  readonly rateLimited: number
  /** Lets the next requests go wrong. Faults are used up in the order in which they were asked for. */
  answerNext(fault: Fault): void
  /** Awaited before each answer is made, in place of what was set before: the moment to change the instance mid-scan. */
  beforeAnswer(hook: (path: string) => void | Promise<void>): void
  close(): Promise<void>
}

export interface SeenRequest {
  readonly method: string
  /** With its query. */
  readonly path: string
  /** Nothing while it is not answered, and where it never was. */
  readonly status: number | undefined
  /** In milliseconds of `performance.now()`, which rate limits go by. */
  readonly at: number
}

export interface BackendApiOptions {
  readonly secretKey?: string
  /** Clerk's for the instance's environment, unless it is said. */
  readonly rateLimit?: RateLimit
}

/** Clerk's Backend API, version 2026-05-12, as far as it only reads, over what an instance holds at the moment. */
export async function startBackendApi(instance: ClerkInstance, options: BackendApiOptions = {}): Promise<BackendApi> {
  const secretKey = options.secretKey ?? `sk_${instance.environment === 'production' ? 'live' : 'test'}_testkit`
  const limiter = createRateLimiter(options.rateLimit ?? RATE_LIMITS[instance.environment])
  const faults = createFaults()
  const requests: Writable<SeenRequest>[] = []
  let rateLimited = 0
  let hook: (path: string) => void | Promise<void> = () => {}

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? '/'
    const seen: Writable<SeenRequest> = {
      method: request.method ?? 'GET',
      path,
      status: undefined,
      at: performance.now(),
    }
    requests.push(seen)

    const refusal = refuse(request, seen.at)
    const fault = refusal ? undefined : faults.take(path)
    if (fault === 'hang') return
    if (!refusal) await hook(path)
    if (typeof fault === 'object') {
      const { status, headers = {}, body = null } = fault
      return send({ status, headers, body }, seen, response)
    }
    const result = refusal ?? answerTo(instance, new URL(path, 'http://127.0.0.1'))
    if (fault === 'break') return breakOff(result, response)
    send(result, seen, response)
  }

  function refuse(request: IncomingMessage, at: number): Answer | undefined {
    if (request.headers.authorization !== `Bearer ${secretKey}`) return unauthorized()
    const retryAfterSeconds = limiter.refuse(at)
    if (retryAfterSeconds !== undefined) {
      rateLimited++
      return tooManyRequests(retryAfterSeconds)
    }
    return request.method === 'GET' ? undefined : methodNotAllowed()
  }

  function send(result: Answer, seen: Writable<SeenRequest>, response: ServerResponse): void {
    seen.status = result.status
    response.writeHead(result.status, { ...headersAt(instance.now()), ...result.headers })
    response.end(JSON.stringify(result.body))
  }

  function breakOff(result: Answer, response: ServerResponse): void {
    const text = Buffer.from(JSON.stringify(result.body))
    response.writeHead(result.status, { ...headersAt(instance.now()), 'Content-Length': text.length })
    response.write(text.subarray(0, text.length >> 1), () => response.destroy())
  }

  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      response.writeHead(500, headersAt(instance.now()))
      response.end(JSON.stringify(failure(500, 'internal_clerk_error', `${error}`).body))
    })
  }).listen({ port: 0, host: '127.0.0.1' })
  await once(server, 'listening')

  const close = async () => {
    if (!server.listening) return
    const closed = once(server, 'close')
    server.close()
    server.closeAllConnections() // those too that hang
    await closed
  }

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    secretKey,
    requests,
    get mostInWindow() {
      return limiter.mostInWindow
    },
    get rateLimited() {
      return rateLimited
    },
    answerNext: faults.answerNext,
    beforeAnswer(next) {
      hook = next
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}

type Writable<Type> = { -readonly [Key in keyof Type]: Type[Key] }

/** Without a charset: Clerk's SDK parses the body of exactly this type, and takes that of any other for a text. */
const headersAt = (nowMs: number) => ({ 'Content-Type': 'application/json', Date: new Date(nowMs).toUTCString() })
