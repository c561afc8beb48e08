import { countUsersAtClerk } from '@rollcall/clerk/users-count'
import { lastWebhookAt } from '@rollcall/mirror/last-webhook'
import { PipelineError } from '@rollcall/shared/errors'
import { type Check, failed, passed, warned } from '@rollcall/shared/readiness'
import { askClerk } from '../ask-clerk.ts'
import { formatDuration } from '../duration.ts'
import { withMirror } from '../with-mirror.ts'
import { doctorCheck, type KnownClerk } from './doctor-check.ts'

export const silence = doctorCheck({
  name: 'silence',
  needs: ['variables', 'schema'],
  async examine({ variables, clerk }) {
    const last = await withMirror(variables, ({ db }) => lastWebhookAt(db))
    if (last === undefined) return judgeSilence(undefined, undefined)
    const now = Date.now()
    return judgeSilence(now - last.getTime(), clerk && (await untoldUsers(clerk, last, now)))
  },
})

const MINUTE_MS = 60_000
const DAY_MS = 24 * 60 * MINUTE_MS

/** What the receiver's clock and Svix's first attempt may be late by. */
const MARGIN_MS = MINUTE_MS

/** Svix's third attempt is after some five minutes: what is younger may be on its way. */
const ON_ITS_WAY_MS = 10 * MINUTE_MS

/** When users must have been created for the silence about them to prove anything; nothing where it was too short for that. */
export function untoldSpan(last: Date, now: number): { readonly after: Date; readonly before: Date } | undefined {
  const span = { after: new Date(last.getTime() + MARGIN_MS), before: new Date(now - ON_ITS_WAY_MS) }
  return span.after < span.before ? span : undefined
}

/** Users that were created after the last webhook, and not just now: nothing told of them. Nothing if that is not known. */
async function untoldUsers({ config, secretKey }: KnownClerk, last: Date, now: number): Promise<number | undefined> {
  const created = untoldSpan(last, now)
  if (created === undefined) return undefined
  try {
    return await askClerk(config, secretKey, (api) => countUsersAtClerk(api, created))
  } catch (error) {
    // It has answered a moment ago; what it adds here is a proof, without which one judges as without a key.
    if (error instanceof PipelineError) return undefined
    throw error
  }
}

/** A whole day and night: an app that is used hears of somebody signing in or up. */
const QUIET_MS = DAY_MS

/** After so long Svix switches off an endpoint all of whose attempts failed. */
const SWITCHED_OFF_MS = 5 * DAY_MS

const REMEDY =
  "In Clerk's dashboard, Webhooks, open the endpoint that points here: its attempts say what went wrong. Mend that, enable the endpoint if it is disabled, and run `pnpm rollcall reconcile`, which mends what was missed."

/**
 * Judges how long no webhook has come. An instance in which nothing happens sends none, so silence alone is no failure; users
 * that nothing told of are the proof.
 */
export function judgeSilence(silentMs: number | undefined, untold: number | undefined): Check {
  if (silentMs === undefined) {
    return warned(
      "No webhook has come yet. In Clerk's dashboard, Webhooks, an endpoint has to point at the receiver's /api/webhooks; it can send an example. What was there before, `pnpm rollcall backfill` reads.",
    )
  }
  const lasted = formatDuration(silentMs)
  if (untold !== undefined && untold > 0) {
    const were = untold === 1 ? '1 user was' : `${untold} users were`
    return failed(
      `Webhooks do not come: the last one came ${lasted} ago, and ${were} created at Clerk since. The endpoint is disabled, points elsewhere, fails, or is not subscribed to user.created. ${REMEDY}`,
    )
  }
  if (silentMs >= SWITCHED_OFF_MS) {
    return warned(
      `No webhook has come for ${lasted}. Svix switches off an endpoint all of whose attempts have failed for 5 days, and then nothing comes any more, also when it is mended. ${REMEDY}`,
    )
  }
  if (silentMs >= QUIET_MS) {
    return warned(`No webhook has come for ${lasted}. If more than nothing has happened in the app: ${REMEDY}`)
  }
  return passed(`The last webhook came ${lasted} ago.`)
}
