import type { Privileges } from '@rollcall/mirror/privileges'
import { expect, test } from 'vitest'
import { judgeClock } from './clock.ts'
import { judgeGrants } from './grants.ts'
import { judgeVersion } from './postgres.ts'
import { judgeProcesses } from './processes.ts'

test.each([
  ['9.6.24', 'failed'],
  ['10.23', 'failed'],
  ['11.22', 'warned'],
  ['13.23', 'warned'],
  ['14.0', 'passed'],
  ['18.1', 'passed'],
  ['19beta1', 'passed'],
] as const)('[C11] Postgres %s: %s', (version, status) => {
  expect(judgeVersion(version)).toEqual({ status, message: expect.stringContaining(`Postgres ${version} answers`) })
})

test.each([
  [0, 'passed', 'agree to 0 s.'],
  [-4_999, 'passed', 'agree to 5 s.'],
  [5_000, 'passed', 'agree to 5 s.'],
  [5_001, 'warned', '5 s ahead of'],
  [-330_000, 'warned', '5 min 30 s behind'],
] as const)('[C11] Postgres’s clock ahead by %i ms: %s', (skewMs, status, message) => {
  expect(judgeClock(skewMs)).toEqual({ status, message: expect.stringContaining(message) })
})

const privileges = (over: Partial<Privileges>): Privileges => ({
  role: 'app',
  database: 'shop',
  schema: 'clerk',
  isThere: true,
  mayUse: true,
  mayCreate: false,
  missing: new Map(),
  ...over,
})

test.each([
  [privileges({}), true, 'passed', 'The role app may read and write the schema clerk.'],
  [privileges({ mayCreate: true }), false, 'passed', 'The role app may migrate the schema clerk.'],
  [privileges({ isThere: false, mayCreate: true }), false, 'passed', 'may create the schema clerk.'],
  [privileges({ isThere: false }), false, 'failed', 'Let its owner run: grant create on database shop to app;'],
  [privileges({ mayUse: false }), false, 'failed', 'Let its owner run: grant usage on schema clerk to app;'],
  [privileges({}), false, 'failed', 'Migrations are due, and the role app may not create tables.'],
  [
    privileges({
      missing: new Map([
        ['b', ['insert', 'delete']],
        ...['a', 'c', 'd', 'e', 'f', 'g'].map((table): [string, string[]] => [table, ['select']]),
      ]),
    }),
    true,
    'failed',
    'lacks in the schema clerk: insert, delete on b; select on a, c, d and 3 more. Let',
  ],
  [
    privileges({ missing: new Map([['users', ['insert', 'delete']]]) }),
    true,
    'failed',
    'lacks in the schema clerk: insert, delete on users. Let its owner run: grant select, insert, update, delete on all tables in schema clerk to app; grant usage on all sequences in schema clerk to app;',
  ],
] as const)('[C11] of privileges %j, up to date %j: %s', (given, isUpToDate, status, message) => {
  expect(judgeGrants(given, isUpToDate)).toEqual({ status, message: expect.stringContaining(message) })
})

const connected = (
  receivers: number,
  workers: number,
  elsewhere: readonly (readonly [string, number, number])[] = [],
) => ({
  here: { receivers, workers },
  elsewhere: new Map(elsewhere.map(([place, receivers, workers]) => [place, { receivers, workers }])),
})
const staging = [['QUEUE_PREFIX=staging', 1, 2]] as const

test.each([
  [undefined, 'skipped', 'does not tell who is connected'],
  [connected(1, 2), 'passed', '1 receiver and 2 workers are connected to this queue.'],
  [connected(1, 1, staging), 'passed', '1 receiver and 1 worker are connected to this queue.'],
  [connected(0, 0), 'warned', 'Neither a receiver nor a worker is connected to this queue. Start them'],
  [connected(0, 0, staging), 'warned', 'Connected elsewhere: 1 receiver and 2 workers at QUEUE_PREFIX=staging.'],
  [connected(2, 0), 'failed', '2 receivers are connected to this queue and no worker, so what comes waits. Start one;'],
  [connected(1, 0, staging), 'failed', 'Connected elsewhere: 1 receiver and 2 workers at QUEUE_PREFIX=staging.'],
  [connected(0, 1), 'warned', '1 worker is connected to this queue and no receiver, so nothing comes.'],
] as const)('[C11] connected are %j: %s', (seen, status, message) => {
  expect(judgeProcesses(seen)).toEqual({ status, message: expect.stringContaining(message) })
})

test('[C11] a worker that was given no REDIS_URL is found at the queue in Postgres', () => {
  expect(judgeProcesses(connected(1, 0), { receivers: 0, workers: 1 })).toEqual({
    status: 'failed',
    message: expect.stringContaining('Connected elsewhere: 1 worker at the queue in Postgres, without REDIS_URL.'),
  })
})
