import { PipelineError } from '@rollcall/shared/errors'
import { type BackendApi, openBackendApi } from './backend-api.ts'
import { rateFor } from './rate-limit.ts'

export interface BriefQuestion {
  readonly url: string
  readonly secretKey: string
  readonly rateShare: number
  readonly timeoutMs: number
  readonly stop?: AbortSignal
}

/**
 * Failures that come at once, such as a refused connection, are told with their reason within this pause times 127,
 * well before anybody's time is up.
 */
const RETRY_PAUSE_MS = 10

/**
 * Asks Clerk something that is not worth waiting for. Rejects with `clerk_unavailable` when the time is up, where a
 * backfill would try on for minutes; or with the reason of the signal that stops it.
 */
export async function askBriefly<Result>(
  { url, secretKey, rateShare, timeoutMs, stop = new AbortController().signal }: BriefQuestion,
  ask: (api: BackendApi) => Promise<Result>,
): Promise<Result> {
  const time = AbortSignal.timeout(timeoutMs)
  const api = openBackendApi({
    url,
    secretKey,
    rate: rateFor(secretKey, rateShare),
    stop: AbortSignal.any([stop, time]),
    retryPauseMs: RETRY_PAUSE_MS,
  })
  try {
    return await ask(api)
  } catch (error) {
    if (!time.aborted || stop.aborted) throw error
    throw new PipelineError(
      'clerk_unavailable',
      `Clerk's Backend API at ${new URL(url).origin} does not answer within ${timeoutMs / 1_000} s. Look at https://status.clerk.com, and at CLERK_API_URL.`,
    )
  }
}
