import type { JsonObject } from '@rollcall/shared/json'
import { onTestFinished } from 'vitest'
import { type BackendApiOptions, startBackendApi } from './backend-api.ts'
import { createClock } from './clock.ts'
import { createClerkInstance } from './instance.ts'

export type TestApi = Awaited<ReturnType<typeof startTestApi>>

export const START_MS = 1_764_000_000_000

/** An empty instance of production and its API, read without an SDK, until the test has finished. */
export async function startTestApi(options: BackendApiOptions = {}) {
  const clock = createClock(START_MS)
  const instance = createClerkInstance({ now: clock.now, environment: 'production' })
  const api = await startBackendApi(instance, options)
  onTestFinished(api.close)

  const get = (path: string, secretKey = api.secretKey) =>
    fetch(`${api.url}/v1${path}`, { headers: { authorization: `Bearer ${secretKey}` } })
  const getJson = async (path: string) => (await (await get(path)).json()) as JsonObject
  return {
    clock,
    instance,
    api,
    get,
    getJson,
    listed: async (path: string) => (await getJson(path)) as unknown as readonly JsonObject[],
    paged: async (path: string) =>
      (await getJson(path)) as unknown as { readonly data: readonly JsonObject[]; readonly total_count: number },
  }
}
