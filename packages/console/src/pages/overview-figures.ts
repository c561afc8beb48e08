import type { Seen } from '../overview/watch.ts'
import { html } from './html.ts'
import { ago, count, plural, shortSpan, span } from './parts.ts'

/** A number of the overview: what it is, what it is now, and what to make of it. */
export interface Figure {
  /** By which the page's script finds it. */
  readonly name: keyof Texts
  readonly label: string
  readonly text: string
  readonly href?: string
  readonly note: unknown
  readonly tone?: 'bad' | 'warn' | undefined
}

type Texts = Readonly<
  Record<'waiting' | 'oldest' | 'settled' | 'failed' | 'processes' | 'silence' | 'drift' | 'users', string>
>

/** Longer than a healthy queue lets anything wait. */
const OLD_MS = 60_000

/** Nobody has told yet. */
const UNKNOWN = '—'

function texts(seen: Seen, now: number): Texts {
  const { queue, processes, unfinished, lastWebhookAt, reconcile, users, settledInHour } = seen
  const counts = queue.value?.counts
  const oldest = queue.value?.oldestWaitingAt
  return {
    waiting: counts ? count(counts.waiting + counts.delayed) : UNKNOWN,
    oldest: counts ? (oldest ? span(now - oldest.getTime()) : 'none') : UNKNOWN,
    settled: settledInHour === undefined ? UNKNOWN : count(settledInHour),
    failed: unfinished.value ? count(unfinished.value.failedEvents + unfinished.value.failedHandlers) : UNKNOWN,
    processes: processes.value ? `${processes.value.workers} · ${processes.value.receivers}` : UNKNOWN,
    silence: lastWebhookAt.value
      ? `${shortSpan(now - lastWebhookAt.value.getTime())} ago`
      : lastWebhookAt.at === undefined
        ? UNKNOWN
        : 'none yet',
    drift: reconcile.value
      ? plural(reconcile.value.driftedRows, 'row')
      : reconcile.at === undefined
        ? UNKNOWN
        : 'not compared',
    users: users.value ? `${count(users.value.here)} · ${count(users.value.atClerk)}` : UNKNOWN,
  }
}

/** What a page that is open already puts in place of what it shows. */
export const figureTexts = (seen: Seen, now: number): Texts & { readonly state: string } => ({
  ...texts(seen, now),
  state: seen.queue.value ? (seen.queue.value.isPaused ? 'paused' : 'running') : 'unknown',
})

export function figures(seen: Seen, now: number, backend: 'redis' | 'postgres'): readonly Figure[] {
  const { queue, processes, unfinished, reconcile, users } = seen
  const said = texts(seen, now)
  const counts = queue.value?.counts
  const oldest = queue.value?.oldestWaitingAt
  const failures = unfinished.value && unfinished.value.failedEvents + unfinished.value.failedHandlers
  const noWorker = processes.value?.workers === 0
  return [
    {
      name: 'waiting',
      label: 'Waiting',
      text: said.waiting,
      note: counts ? `${count(counts.active)} in hand, ${count(counts.delayed)} to be tried again` : 'not known yet',
    },
    {
      name: 'oldest',
      label: 'Oldest waiting',
      text: said.oldest,
      note: `the queue is in ${backend === 'redis' ? 'Redis' : 'Postgres'}`,
      tone: oldest && now - oldest.getTime() > OLD_MS ? 'warn' : undefined,
    },
    { name: 'settled', label: 'Settled', text: said.settled, note: 'events in the last hour' },
    {
      name: 'failed',
      label: 'Failed',
      text: said.failed,
      href: '/failed',
      note: unfinished.value ? `${plural(unfinished.value.failedHandlers, 'handler')} among them` : 'not known yet',
      tone: failures ? 'bad' : undefined,
    },
    {
      name: 'processes',
      label: 'Workers · receivers',
      text: said.processes,
      note: noWorker ? 'nobody takes anything up' : 'connected to the queue',
      tone: noWorker ? 'bad' : undefined,
    },
    { name: 'silence', label: 'Last webhook', text: said.silence, note: 'of those that are settled' },
    {
      name: 'drift',
      label: 'Drift from Clerk',
      text: said.drift,
      note: reconcile.value
        ? html`${reconcile.value.outcome}, ${ago(reconcile.value.finishedAt, now)}`
        : html`<code>rollcall reconcile</code> tells`,
      tone: reconcile.value?.outcome === 'failed' ? 'bad' : undefined,
    },
    {
      name: 'users',
      label: 'Users here · at Clerk',
      text: said.users,
      note: users.value ? html`compared ${ago(users.value.at, now)}` : 'by the last reconcile',
      tone: users.value && users.value.here !== users.value.atClerk ? 'warn' : undefined,
    },
  ]
}
