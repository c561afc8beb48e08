import { signedRequest } from '../svix.ts'

/** How an attempt to deliver ended. */
export type AttemptResult =
  | { readonly outcome: 'accepted' }
  | {
      readonly outcome: 'refused'
      /** The endpoint said, by 429 or by no answer in time, that it has too much to do. */
      readonly isOverloaded: boolean
      /** What `Retry-After` asked for. */
      readonly retryAfterMs: number | undefined
      /** What the endpoint asked for by `webhook-delivery`: no more attempts of this message, or none of any. */
      readonly wish: 'abort-message' | 'disable' | undefined
    }

export async function attempt(message: {
  readonly url: string
  readonly secret: string
  readonly messageId: string
  readonly body: string
  readonly attemptedAt: Date
  readonly answerMs: number
}): Promise<AttemptResult> {
  const { url, answerMs } = message
  const { headers, body } = signedRequest(message)
  const signal = AbortSignal.timeout(answerMs)
  try {
    // To be sent elsewhere is to be refused: Svix follows no redirect.
    const response = await fetch(url, { method: 'POST', headers, body, redirect: 'manual', signal })
    await response.arrayBuffer()
    return response.ok ? { outcome: 'accepted' } : refusedBy(response)
  } catch {
    // Whatever kept the answer from coming, the endpoint has not accepted; only the time decides what follows.
    return { outcome: 'refused', isOverloaded: signal.aborted, retryAfterMs: undefined, wish: undefined }
  }
}

function refusedBy({ status, headers }: Response): AttemptResult {
  const wish = headers.get('webhook-delivery')
  const retryAfterSeconds = Number(headers.get('retry-after') ?? Number.NaN)
  return {
    outcome: 'refused',
    isOverloaded: status === 429,
    retryAfterMs: Number.isFinite(retryAfterSeconds) ? retryAfterSeconds * 1_000 : undefined,
    wish: wish === 'abort-message' || wish === 'disable' ? wish : undefined,
  }
}
