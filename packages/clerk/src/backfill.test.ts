import { applyBatch } from '@rollcall/mirror/apply'
import type { Row } from '@rollcall/resources/row'
import type { Json } from '@rollcall/shared/json'
import { everything, keepingOf } from '@rollcall/testkit/catalog'
import { differences } from '@rollcall/testkit/clerk/differences'
import { deliveryOf } from '@rollcall/testkit/deliveries'
import { createTestMirror, type TestMirror } from '@rollcall/testkit/mirror'
import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { type BackfillOptions, backfill } from './backfill.ts'
import type { Counts } from './backfill-progress.ts'
import { LISTED_RESOURCES } from './lists.ts'
import type { Failure } from './snapshot-rows.ts'
import { fillInstance, startTestClerk, type TestClerk } from './test-clerk.ts'

const catalog = everything()
let mirror: TestMirror
beforeAll(async () => {
  mirror = await createTestMirror({ catalog })
})
beforeEach(() => mirror.clear())
afterAll(() => mirror[Symbol.asyncDispose]())

const QUIET: BackfillOptions['watch'] = { began: () => {}, progressed: () => {}, failed: () => {} }

const run = ({ api, instance }: TestClerk, names = LISTED_RESOURCES, over: Partial<BackfillOptions> = {}) =>
  backfill({
    mirror,
    catalog,
    api,
    instance: { id: instance.id, ownsUnnamedRows: true },
    resources: names.map((name) => catalog.mirroredNamed(name)!),
    restart: false,
    watch: QUIET,
    ...over,
  })

const counts = (over: Partial<Counts>): Counts => ({
  ...{ created: 0, updated: 0, unchanged: 0, deleted: 0, failed: 0 },
  ...over,
})
const apply = (body: Json) => applyBatch(mirror, [{ delivery: deliveryOf(body), attempts: 1 }], keepingOf(catalog))
const stamps = async () =>
  (await sql<{ id: string }>`select id, xmin::text, synced_at from clerk.users order by id`.execute(mirror.db)).rows

test('[K1] it fills an empty mirror with everything that Clerk lists, and leaves it alone when run again', async () => {
  await using clerk = await startTestClerk()
  fillInstance(clerk.instance)
  clerk.instance.seedUsers(1_100)

  const first = await run(clerk)
  expect(await differences(mirror, catalog, clerk.instance)).toEqual([])
  expect(first.user).toMatchObject(counts({ created: 1_101 }))
  expect(first.user).toMatchObject({ isDone: true, total: 1_101 })
  expect(Object.keys(first)).toEqual(LISTED_RESOURCES)
  for (const name of LISTED_RESOURCES.slice(1)) expect(first[name], name).toMatchObject(counts({ created: 1 }))

  const before = await stamps()
  const second = await run(clerk)
  expect(second.user).toMatchObject(counts({ unchanged: 1_101 }))
  expect(await stamps()).toEqual(before)
})

test('[K2] what drifted is written, and nothing else', async () => {
  await using clerk = await startTestClerk()
  clerk.instance.seedUsers(10)
  await run(clerk, ['user'])
  const [one, another, lost] = clerk.instance.users.all()
  clerk.instance.updateUser(one!.id, { first_name: 'Grace' })
  clerk.instance.createUser()
  clerk.advance(1_000)
  await sql`update clerk.users set last_name = 'astray' where id = ${another!.id}`.execute(mirror.db)
  await apply({ type: 'user.deleted', timestamp: clerk.instance.now(), data: { id: lost!.id, deleted: true } })

  const again = await run(clerk, ['user'])
  expect(again.user).toMatchObject(counts({ created: 1, updated: 2, unchanged: 7, deleted: 1 }))
  expect(await differences(mirror, catalog, clerk.instance)).toEqual([`users ${lost!.id}`])
})

test('[K1] beside events that are newer than what is read it moves no row back', async () => {
  const events: Json[] = []
  await using clerk = await startTestClerk({ emit: ({ body }) => void events.push(body) })
  clerk.instance.seedUsers(1_200)
  const [first] = clerk.instance.users.all()
  let answers = 0
  clerk.server.beforeAnswer(async (path) => {
    if (!path.startsWith('/v1/users?') || ++answers !== 2) return
    // The first page has been read by now, and is being written.
    clerk.instance.updateUser(first!.id, { first_name: 'Newer' })
    clerk.instance.deleteUser(clerk.instance.users.all()[1]!.id)
    clerk.instance.createUser({ first_name: 'New' })
    for (const event of events) await apply(event)
  })
  await run(clerk, ['user'])
  expect(await differences(mirror, catalog, clerk.instance)).toEqual([])
})

test('[K9] one that is cut short goes on behind the last page that was committed', async () => {
  await using clerk = await startTestClerk()
  clerk.instance.seedUsers(2_600)
  const begun: (Date | undefined)[] = []
  const watch = (pages: number) => ({
    ...QUIET,
    began: (from: Date | undefined) => void begun.push(from),
    progressed: (_resource: string, { position }: { readonly position: { readonly read: number } }) => {
      if (position.read >= pages * 500) throw new Error('cut short')
    },
  })
  await expect(run(clerk, ['user'], { watch: watch(2) })).rejects.toThrow('cut short')
  await expect(run(clerk, ['user'], { watch: watch(4) })).rejects.toThrow('cut short')
  const before = clerk.server.requests.length
  const last = await run(clerk, ['user'], { watch: watch(100) })

  expect(begun).toEqual([undefined, expect.any(Date), begun[1]])
  expect(last.user).toMatchObject({ ...counts({ created: 2_600 }), isDone: true })
  expect(clerk.server.requests.slice(before)).toHaveLength(2)
  expect(await differences(mirror, catalog, clerk.instance)).toEqual([])

  const anew = await run(clerk, ['user'], { watch: watch(100) })
  expect(begun.at(-1)).toBeUndefined()
  expect(anew.user).toMatchObject(counts({ unchanged: 2_600 }))
})

test('[K9] a resource that was read to its end is not read again', async () => {
  await using clerk = await startTestClerk()
  clerk.instance.seedUsers(3)
  clerk.instance.createRole()
  const cutShort = (resource: string) => {
    if (resource === 'role') throw new Error('cut short')
  }
  const names = ['user', 'role']
  await expect(run(clerk, names, { watch: { ...QUIET, progressed: cutShort } })).rejects.toThrow('cut short')
  const before = clerk.server.requests.length
  expect((await run(clerk, names)).user).toMatchObject(counts({ created: 3 }))
  expect(clerk.server.requests.slice(before).map(({ path }) => path.split('?')[0])).toEqual(['/v1/organization_roles'])
})

test('[K9] it begins anew when asked to, for other resources, for another instance, and after a day', async () => {
  await using clerk = await startTestClerk()
  clerk.instance.seedUsers(600)
  const begun: (Date | undefined)[] = []
  const watch = { ...QUIET, began: (from: Date | undefined) => void begun.push(from) }
  const cutShort = () => {
    throw new Error('cut short')
  }
  await expect(run(clerk, ['user'], { watch: { ...watch, progressed: cutShort } })).rejects.toThrow('cut short')

  await run(clerk, ['organization'], { watch })
  await run(clerk, ['user'], { watch, instance: { id: 'ins_other', ownsUnnamedRows: false } })
  await run(clerk, ['user'], { watch, restart: true })
  await sql`update clerk.backfills set updated_at = now() - interval '25 hours'`.execute(mirror.db)
  await run(clerk, ['user'], { watch })
  expect(begun).toEqual([undefined, undefined, undefined, undefined, undefined])
})

test('[K10] a second one is refused while the first runs, and not afterwards', async () => {
  await using clerk = await startTestClerk()
  const { promise: answered, resolve: answer } = Promise.withResolvers<void>()
  const { promise: asked, resolve: ask } = Promise.withResolvers<void>()
  clerk.server.beforeAnswer(() => {
    ask()
    return answered
  })
  const first = run(clerk, ['user'])
  await asked
  await expect(run(clerk, ['role'])).rejects.toMatchObject({
    code: 'run_under_way',
    message: expect.stringContaining('Wait'),
  })
  answer()
  await first
  await run(clerk, ['role'])
})

test('[K11] entities that cannot be mirrored are named, and harm no other', async () => {
  await using clerk = await startTestClerk()
  clerk.instance.seedUsers(20)
  const users = clerk.instance.users.all()
  const [ill, alsoIll] = [users[3]!.id, users[17]!.id]
  const resource = catalog.mirroredNamed('user')!
  const snapshotRow = ((...args: Parameters<typeof resource.snapshotRow>): Row => {
    const row = resource.snapshotRow(...args)
    // Longer than Postgres lets any index hold, and too random to be packed.
    const text = Array.from({ length: 9_000 }, (_, i) => String.fromCodePoint(0x4e00 + ((i * 7_919) % 20_000))).join('')
    return row.id === ill || row.id === alsoIll ? { ...row, primary_email_address: text } : row
  }) as typeof resource.snapshotRow
  const failures: Failure[] = []
  const result = await run(clerk, ['user'], {
    resources: [{ ...resource, snapshotRow }],
    watch: { ...QUIET, failed: (_name, failure) => void failures.push(failure) },
  })
  expect(result.user).toMatchObject(counts({ created: 18, failed: 2 }))
  expect(failures.map(({ id, error }) => [id, error.code])).toEqual([
    [ill, 'row_rejected'],
    [alsoIll, 'row_rejected'],
  ])
  expect(await differences(mirror, catalog, clerk.instance)).toEqual([`users ${ill}`, `users ${alsoIll}`])
})

test('[K11] an answer without an id is no entity', async () => {
  await using clerk = await startTestClerk()
  const strange = [
    { object: 'role', name: 'nameless' },
    { object: 'role', id: 'role_1', name: 'Reader' },
  ]
  clerk.server.answerNext({
    path: /organization_roles/,
    with: { status: 200, body: { data: strange, total_count: 2 } },
  })
  const result = await run(clerk, ['role'])
  expect(result.role).toMatchObject(counts({ created: 1, failed: 1 }))
})
