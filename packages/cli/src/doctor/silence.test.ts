import type { LastReconcile } from '@rollcall/mirror/sync-runs'
import { PipelineError } from '@rollcall/shared/errors'
import { expect, test } from 'vitest'
import { judgeKey, judgeSilentClerk } from './clerk.ts'
import { judgeReconcile } from './reconcile.ts'
import { judgeSilence, untoldSpan } from './silence.ts'
import { judgeUsers } from './users.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR

test.each([
  [
    undefined,
    undefined,
    'warned',
    /^No webhook has come yet\. .* an endpoint has to point at .*`pnpm rollcall backfill`/,
  ],
  [0, undefined, 'passed', /^The last webhook came 0 s ago\.$/],
  [DAY - 1, 0, 'passed', /^The last webhook came 23 h 59 min ago\.$/],
  [DAY, undefined, 'warned', /^No webhook has come for 1 d\. If more than nothing has happened/],
  [DAY, 0, 'warned', /^No webhook has come for 1 d\. .*`pnpm rollcall reconcile`/],
  [5 * DAY - 1, undefined, 'warned', /^No webhook has come for 4 d 23 h\. If/],
  [5 * DAY, undefined, 'warned', /^No webhook has come for 5 d\. Svix switches off .*enable the endpoint/],
  [HOUR, 1, 'failed', /^Webhooks do not come: the last one came 1 h ago, and 1 user was created at Clerk since\./],
  [6 * DAY, 20, 'failed', /20 users were created .*not subscribed to user\.created\. In Clerk's dashboard/],
] as const)('[C12] silent for %j ms, while %j users were created at Clerk: %s', (silentMs, untold, status, message) => {
  expect(judgeSilence(silentMs, untold)).toEqual({ status, message: expect.stringMatching(message) })
})

test('[C12] what may be on its way, or came with the last webhook, proves nothing', () => {
  const now = Date.parse('2026-01-02T12:00:00Z')
  expect(untoldSpan(new Date('2026-01-02T11:49:00Z'), now)).toBeUndefined()
  expect(untoldSpan(new Date('2026-01-02T09:00:00Z'), now)).toEqual({
    after: new Date('2026-01-02T09:01:00Z'),
    before: new Date('2026-01-02T11:50:00Z'),
  })
})

test.each([
  [5, 5, 'passed', 'as many users as Clerk: 5.'],
  [4, 5, 'warned', 'Clerk has 5 users, and the mirror 4. If that stays'],
  [6, 5, 'warned', 'Clerk has 5 users, and the mirror 6.'],
] as const)('[C12] %i users here and %i at Clerk: %s', (here, atClerk, status, message) => {
  expect(judgeUsers(here, atClerk)).toEqual({ status, message: expect.stringContaining(message) })
})

const NOW = Date.parse('2026-01-02')
const ended = (outcome: LastReconcile['outcome'], over: Partial<LastReconcile> = {}): LastReconcile => ({
  startedAt: new Date(NOW - 3 * HOUR),
  finishedAt: new Date(NOW - 2 * HOUR),
  startedBy: 'command',
  isDryRun: false,
  outcome,
  driftedRows: 3,
  mendedRows: 3,
  error: null,
  ...over,
})

test.each([
  [null, 'passed', /^None has run\. `pnpm rollcall reconcile` compares/],
  [ended('agreed'), 'passed', /ended 2 h ago, and nothing differed/],
  [ended('mended'), 'passed', /ended 2 h ago, and mended 3 rows\.$/],
  [ended('mended', { driftedRows: 1, mendedRows: 1 }), 'passed', /mended 1 row\.$/],
  [ended('mended', { mendedRows: 2 }), 'warned', /3 rows differed from Clerk, and only 2 could be mended\./],
  [
    ended('drifted', { mendedRows: 0 }),
    'warned',
    /dry run, ended 2 h ago: 3 rows differ from Clerk\. `pnpm rollcall reconcile`/,
  ],
  [
    ended('failed', { error: 'clerk_unavailable: it is away' }),
    'warned',
    /failed 2 h ago: clerk_unavailable: it is away\. Mend/,
  ],
] as const)('[C12] of a last reconcile %j: %s', (last, status, message) => {
  expect(judgeReconcile(last, NOW)).toEqual({ status, message: expect.stringMatching(message) })
})

test.each([
  [undefined, {}, 'passed', 'Backend API answers. CLERK_SECRET_KEY is a development key, of the instance ins_a.'],
  [undefined, { ins_a: 3, ins_b: 1 }, 'passed', 'ins_a.'],
  [
    undefined,
    { ins_b: 1 },
    'failed',
    'the newest events are from ins_b. Take the key of the instance that is mirrored',
  ],
  [['ins_a', 'ins_b'], { ins_b: 1 }, 'passed', 'ins_a.'],
  [['ins_b'], { ins_a: 1 }, 'failed', 'CLERK_INSTANCE_ID names ins_b. Take the key'],
] as const)(
  '[C11] a key of ins_a, where %j are allowed and events came from %j: %s',
  (allowed, seen, status, message) => {
    const key = { instanceId: 'ins_a', secretKey: 'sk_test_hidden', allowed, seen: new Map(Object.entries(seen)) }
    const check = judgeKey(key)
    expect(check).toEqual({ status, message: expect.stringContaining(message) })
    expect(check.message).not.toContain('hidden')
    expect(judgeKey({ ...key, secretKey: 'sk_live_hidden' }).message).toContain('a production key')
  },
)

test('[C11] a Clerk that is away is a warning, a key that is refused a failure', () => {
  expect(judgeSilentClerk(new PipelineError('clerk_unavailable', 'It is away.'))).toEqual({
    status: 'warned',
    message: 'It is away. Backfill and reconcile wait for it; webhooks do not.',
  })
  expect(judgeSilentClerk(new PipelineError('clerk_refused', 'No.'))).toEqual({ status: 'failed', message: 'No.' })
})
