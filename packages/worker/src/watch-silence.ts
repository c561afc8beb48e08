import { askBriefly } from '@rollcall/clerk/ask-briefly'
import { instanceOfKey } from '@rollcall/clerk/instance'
import { countUsersAtClerk } from '@rollcall/clerk/users-count'
import { countUsers } from '@rollcall/mirror/count-users'
import type { Mirror } from '@rollcall/mirror/database'
import { lastWebhookAt } from '@rollcall/mirror/last-webhook'
import { type ReconcileSummary, summariseReconciles } from '@rollcall/mirror/reconcile-summary'
import { PipelineError } from '@rollcall/shared/errors'
import { createReading } from '@rollcall/shared/reading'
import { repeat } from '@rollcall/shared/repeat'
import type { Config } from './config.ts'
import type { WorkerMetrics } from './metrics.ts'
import { tellSilence, type UserCounts } from './silence-metrics.ts'

export interface SilenceWatch {
  close(): Promise<void>
}

export interface Pace {
  readonly lookMs: number
  readonly countMs: number
  /** Where counting takes long, the pause after it is so many times as long. */
  readonly pausePerCount: number
}

/**
 * A look is two small queries, and alerts on silence wait for hours. A count is two requests to Clerk and a read of the
 * whole table of users, for which a hundredth of the time is enough: what webhooks lost has been lost for a while.
 */
const PACE: Pace = { lookMs: 60_000, countMs: 5 * 60_000, pausePerCount: 100 }

/** Clerk answers within a second or two. */
const CLERK_MS = 10_000

/** What was read is told until two more looks have failed. */
const FRESH_PACES = 2.5

/**
 * Looks now and then for when the last webhook came, what reconciles mended, and how many users Clerk has, and tells it as
 * metrics [Z1]. Every worker does, and all tell the same. Whatever fails here, events are applied as ever [Z3].
 */
export function startSilenceWatch(options: {
  readonly mirror: Mirror
  readonly config: Pick<Config, 'CLERK_SECRET_KEY' | 'CLERK_API_URL' | 'CLERK_API_RATE_SHARE'>
  /** Users that are not mirrored are not counted. */
  readonly areUsersMirrored: boolean
  readonly metrics: Pick<WorkerMetrics, 'tell'>
  readonly onDatabaseError: (error: Error) => void
  readonly onClerkError: (error: Error) => void
  readonly pace?: Pace
}): SilenceWatch {
  const { config, pace = PACE } = options
  const { db, schema } = options.mirror
  const stop = new AbortController()
  const now = () => performance.now()
  const lastWebhook = createReading<Date | undefined>(now)
  const reconciles = createReading<ReconcileSummary>(now)
  const users = createReading<UserCounts>(now)
  tellSilence(
    options.metrics,
    { lastWebhookAt: lastWebhook.fresh, users: users.fresh, reconciles: reconciles.fresh },
    Date.now,
  )

  async function look(): Promise<number> {
    lastWebhook.set(await lastWebhookAt(db), pace.lookMs * FRESH_PACES)
    reconciles.set(await summariseReconciles(db), pace.lookMs * FRESH_PACES)
    return pace.lookMs
  }

  /** A key is one instance's for ever. */
  let instanceId: string | undefined

  async function count(secretKey: string): Promise<number> {
    const { CLERK_API_URL: url, CLERK_API_RATE_SHARE: rateShare } = config
    const question = { url, secretKey, rateShare, timeoutMs: CLERK_MS, stop: stop.signal }
    const clerk = await askBriefly(question, async (api) => {
      instanceId ??= await instanceOfKey(api)
      return { instanceId, users: await countUsersAtClerk(api) }
    })
    const startedAt = now()
    const mirror = await countUsers(db, schema, clerk.instanceId)
    const nextMs = Math.max(pace.countMs, (now() - startedAt) * pace.pausePerCount)
    users.set({ mirror, clerk: clerk.users }, nextMs * FRESH_PACES)
    return nextMs
  }

  const keepOn = (work: () => Promise<number>, retryMs: number) =>
    repeat(work, {
      retryMs,
      stop: stop.signal,
      onError: (error) => (error instanceof PipelineError ? options.onClerkError : options.onDatabaseError)(error),
    })

  const secretKey = options.areUsersMirrored ? config.CLERK_SECRET_KEY : undefined
  const running = [
    keepOn(look, pace.lookMs),
    ...(secretKey === undefined ? [] : [keepOn(() => count(secretKey), pace.countMs)]),
  ]
  return {
    async close() {
      stop.abort()
      await Promise.all(running)
    },
  }
}
