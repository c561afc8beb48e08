import { differences } from '@rollcall/testkit/clerk/differences'
import type { ClerkInstance } from '@rollcall/testkit/clerk/instance'
import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { driftedRows } from './drift.ts'
import { fillInstance } from './test-clerk.ts'
import { createReconcileBench, QUIET, type ReconcileBench } from './test-reconcile.ts'

let bench: ReconcileBench
beforeAll(async () => {
  bench = await createReconcileBench()
})
beforeEach(() => bench.mirror.clear())
afterAll(() => bench[Symbol.asyncDispose]())

const differencesFrom = (instance: ClerkInstance) => differences(bench.mirror, bench.mirror.catalog, instance)

describe('what happens while it looks', () => {
  test('[K14] whoever is created, changed or deleted meanwhile is not misjudged', async () => {
    await using clerk = await bench.startTelling()
    const { instance } = clerk
    const { organizationId } = fillInstance(instance)
    instance.seedUsers(1_600)
    const users = instance.users.all().map(({ id }) => id)
    await bench.run(clerk)
    await clerk.deliver()
    for (const dryRun of [true, false]) {
      let answers = 0
      clerk.server.beforeAnswer(() => {
        const i = answers++
        const userId = instance.createUser({ first_name: 'New' }).id
        instance.createMembership({ organizationId, userId })
        if (i % 2 === 0) instance.deleteUser(users.pop()!)
        else instance.updateUser(users[i * 90]!, { first_name: 'Newer' })
        instance.deleteUser(users.shift()!)
      })
      const waiting = () => clerk.deliver()
      const result = await bench.run(clerk, { dryRun, watch: { ...QUIET, waiting } })
      clerk.server.beforeAnswer(() => {})
      expect(result).toMatchObject({ outcome: 'agreed', driftedRows: 0 })
      await clerk.deliver()
      expect(await differencesFrom(instance)).toEqual([])
    }
  })

  test('[K14] rows that their list did not have yet are each asked for by itself, and stay', async () => {
    await using clerk = await bench.startTelling()
    // More than are asked for at a time.
    clerk.instance.seedUsers(501)
    await bench.run(clerk)
    clerk.advance(60_000)
    clerk.server.answerNext({ path: /\/users\?/, with: { status: 200, body: [] } })
    expect(await bench.run(clerk)).toMatchObject({ outcome: 'agreed', drift: { user: { compared: 501 } } })
    const single = clerk.server.requests.filter(({ path }) => path.startsWith('/v1/users/user_'))
    expect(new Set(single.map(({ path }) => path)).size).toBe(501)
    expect(await differencesFrom(clerk.instance)).toEqual([])
  })
})

test("[K13] only a word of Clerk's own says that an entity is gone", async () => {
  await using clerk = await bench.startTelling()
  const { userId } = fillInstance(clerk.instance)
  await clerk.deliver()
  const users = { path: /^\/v1\/users\?/, with: { status: 200, body: [] } } as const
  const answers = [
    { status: 404, body: { errors: [{ code: 'not_here' }] } },
    { status: 404, body: null },
    { status: 403, body: { errors: [{ code: 'feature_not_enabled' }] } },
    { status: 200, body: { object: 'user', id: 'user_another' } },
  ]
  for (const answer of answers) {
    clerk.server.answerNext(users)
    clerk.server.answerNext({ path: new RegExp(`^/v1/users/${userId}`), with: answer })
    expect(await bench.run(clerk)).toMatchObject({ outcome: 'agreed' })
  }
  clerk.server.answerNext(users)
  clerk.server.answerNext({ path: new RegExp(`^/v1/users/${userId}`), times: 8, with: { status: 502 } })
  await expect(bench.run(clerk)).rejects.toMatchObject({ code: 'clerk_unavailable' })
  const { rows } = await sql`select outcome, error from clerk.reconcile_runs order by id desc limit 1`.execute(
    bench.mirror.db,
  )
  expect(rows).toEqual([{ outcome: 'failed', error: expect.stringMatching(/^clerk_unavailable: /) }])
  expect(await differencesFrom(clerk.instance)).toEqual([])
})

test('[K13] rows of another instance, and of none while it is not known whose they are, are left', async () => {
  await using clerk = await bench.startTelling()
  const user = (id: string, instance_id: string | null) => ({
    type: 'user.created',
    timestamp: clerk.instance.now(),
    instance_id,
    data: { id, updated_at: clerk.instance.now() },
  })
  await bench.apply([user('user_other', 'ins_other'), user('user_unnamed', null)])
  clerk.advance(60_000)
  const unknown = { instance: { id: 'ins_test', ownsUnnamedRows: false } }
  expect(await bench.run(clerk, unknown)).toMatchObject({ outcome: 'agreed' })
  const known = { instance: { id: 'ins_test', ownsUnnamedRows: true } }
  expect(await bench.run(clerk, known)).toMatchObject({
    driftedRows: 1,
    drift: { user: { examples: { gone: ['user_unnamed'] } } },
  })
})

test('[K15] who is deleted here and alive at Clerk is told of, left, and no drift', async () => {
  await using clerk = await bench.startTelling()
  const { userId } = fillInstance(clerk.instance)
  await clerk.deliver()
  await bench.apply([{ type: 'user.deleted', timestamp: clerk.instance.now(), data: { id: userId, deleted: true } }])
  // Clerk may have answered before the user was deleted.
  expect((await bench.run(clerk)).drift.user).toMatchObject({ contradicted: 0 })
  clerk.advance(60_000)
  const result = await bench.run(clerk)
  expect(result).toMatchObject({
    outcome: 'agreed',
    drift: { user: { contradicted: 1, examples: { contradicted: [userId] } } },
  })
  // The membership went with its user, and is not told of beside.
  expect(result.drift.organization_membership).toMatchObject({ contradicted: 0 })
})

test('[T7] whoever is found to be gone leaves the queue as well, or stays until that is possible', async () => {
  await using clerk = await bench.startTelling()
  const { userId } = fillInstance(clerk.instance)
  await clerk.deliver()
  await sql`alter table clerk.users add constraint poison check (first_name <> 'Poison')`.execute(bench.mirror.db)
  const timestamp = clerk.instance.now()
  await bench.apply([
    { type: 'user.updated', timestamp, data: { id: userId, first_name: 'Poison', updated_at: timestamp } },
  ])
  const failures = async () =>
    (await sql`select from clerk.webhook_events where outcome = 'failed'`.execute(bench.mirror.db)).rows
  expect(await failures()).toHaveLength(1)
  await sql`alter table clerk.users drop constraint poison`.execute(bench.mirror.db)
  clerk.instance.deleteUser(userId)
  clerk.lose()

  const away = () => Promise.reject(new Error('the queue is away'))
  await expect(bench.run(clerk, { removeFailed: away })).rejects.toThrow('the queue is away')
  const removed: string[] = []
  const result = await bench.run(clerk, { removeFailed: async (ids) => void removed.push(...ids) })
  expect(result.drift.user).toMatchObject({ gone: 1, mended: 1 })
  expect(removed).toHaveLength(1)
})

test('[K14] told to stop while it waits, it ends at once, and has deleted nothing', async () => {
  await using clerk = await bench.startTelling()
  const { userId } = fillInstance(clerk.instance)
  await clerk.deliver()
  clerk.instance.deleteUser(userId)
  clerk.lose()
  const stop = new AbortController()
  const watch = { ...QUIET, waiting: () => stop.abort(new Error('told to stop')) }
  await expect(bench.run(clerk, { settleMs: 3_600_000, stop: stop.signal, watch })).rejects.toThrow('told to stop')
  const { rows } = await sql`select error from clerk.reconcile_runs order by id desc limit 1`.execute(bench.mirror.db)
  expect(rows).toEqual([{ error: expect.stringMatching(/^stopped: /) }])
  expect(driftedRows((await bench.run(clerk, { dryRun: true })).drift)).toBe(2)
})
