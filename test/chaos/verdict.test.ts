import { applyBatch } from '@rollcall/mirror/apply'
import { keepingOf } from '@rollcall/testkit/catalog'
import { seededRandom, shuffled } from '@rollcall/testkit/clerk/random'
import { deliveryOf } from '@rollcall/testkit/deliveries'
import { createTestMirror, type TestMirror } from '@rollcall/testkit/mirror'
import { runSeed } from '@rollcall/testkit/seed'
import { Pool } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createHistory } from './history.ts'
import { isAsAtClerk } from './mending.ts'
import { createOracle } from './oracle.ts'
import { audit, describeWrong, wrongRows } from './verdict.ts'

const EVENTS = 600
const BATCH = 37

const seed = runSeed()
const history = createHistory(seed)
const oracle = createOracle()
const happenings = Array.from({ length: EVENTS }, () => history.next())
for (const each of happenings) oracle.observe(each)
const accepted = new Set(happenings.map(({ messageId }) => messageId))

let mirror: TestMirror
let database: Pool
beforeAll(async () => {
  mirror = await createTestMirror()
  database = new Pool({ connectionString: mirror.databaseUrl, max: 1 })
  await database.query('create table public.effects (message_id text not null, type text not null)')
  const deliveries = happenings.map(({ messageId, body }) => deliveryOf(body, { messageId }))
  const sent = shuffled([...deliveries, ...deliveries.slice(0, 50)], seededRandom(seed))
  for (let from = 0; from < sent.length; from += BATCH) {
    const batch = sent.slice(from, from + BATCH).map((delivery) => ({ delivery, attempts: 1 }))
    await applyBatch(mirror, batch, keepingOf(mirror.catalog))
  }
  await database.query('insert into public.effects select id, type from clerk.webhook_events')
})
afterAll(async () => {
  await database.end()
  await mirror[Symbol.asyncDispose]()
})

const look = () =>
  audit({ database, queue: { counts: async () => ({ waiting: 0, active: 0, delayed: 0, failed: 0 }) } }, accepted)

/** What a statement makes of the verdict. It is taken back. */
async function after<Answer>(statement: string, ask: () => Promise<Answer>): Promise<Answer> {
  await database.query('begin')
  try {
    const { rowCount } = await database.query(statement)
    expect(rowCount).toBe(1)
    return await ask()
  } finally {
    await database.query('rollback')
  }
}

test(`[O10] the oracle agrees with a mirror that got everything, in any order and some twice (seed ${seed})`, async () => {
  expect((await wrongRows(database, oracle)).map(describeWrong)).toEqual([])
  expect(await look()).toMatchObject({
    events: EVENTS,
    lost: [],
    complaints: [],
    effects: EVENTS,
    effectsMissing: [],
    effectsTwice: 0,
  })
  for (const table of ['users', 'organizations', 'organization_memberships'] as const) {
    for (const expected of oracle.rows(table).values()) {
      expect(isAsAtClerk({ table, id: expected.id, expected, found: expected }, history.instance)).toBe(true)
    }
  }
})

test.for([
  ['a value', "update clerk.users set first_name = 'Mallory' where id = (select min(id) from clerk.users)"],
  ['a version', 'update clerk.users set version = version - 1 where id = (select min(id) from clerk.users)'],
  ['metadata', `update clerk.users set data = '{}' where id = (select min(id) from clerk.users)`],
  [
    'a deletion',
    'update clerk.organization_memberships set deleted_at = now() where id = (select min(id) from clerk.organization_memberships)',
  ],
  ['a row that is missing', 'delete from clerk.organizations where id = (select min(id) from clerk.organizations)'],
  ['a row too many', "insert into clerk.users (id, version, occurred_at) values ('user_mallory', 1, now())"],
] as const)(`[O10] the verdict sees %s (seed ${seed})`, async ([, statement]) => {
  expect(await after(statement, () => wrongRows(database, oracle))).toHaveLength(1)
})

const first = happenings[0]!.messageId

test('[O10] the verdict sees an event that is lost, failed, tried twice or was never sent', async () => {
  expect(await after(`delete from clerk.webhook_events where id = '${first}'`, look)).toMatchObject({
    lost: [first],
    complaints: [`${first} had an effect and is not in the ledger`],
  })
  const failed = `update clerk.webhook_events set outcome = 'failed', error = 'why' where id = '${first}'`
  expect((await after(failed, look)).complaints).toEqual([`${first} ended as failed: why`])
  const twice = `update clerk.webhook_events set attempts = 2 where id = '${first}'`
  expect((await after(twice, look)).complaints).toEqual([`${first} took 2 attempts`])
  const unsent = `update clerk.webhook_events set id = 'msg_mallory' where id = '${first}'`
  expect((await after(unsent, look)).complaints).toContain('msg_mallory is in the ledger and was not accepted')
})

test('[O10] the verdict sees an effect that is missing or there twice', async () => {
  const missing = await after(`delete from public.effects where message_id = '${first}'`, look)
  expect(missing.effectsMissing).toEqual([first])
  const twice = await after(`insert into public.effects values ('${first}', 'again')`, look)
  expect(twice).toMatchObject({ effectsTwice: 1, complaints: [`${first} had its effect 2 times`] })
})
