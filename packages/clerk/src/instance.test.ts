import { applyBatch } from '@rollcall/mirror/apply'
import { everything, keepingOf } from '@rollcall/testkit/catalog'
import { deliveryOf } from '@rollcall/testkit/deliveries'
import { createTestMirror, type TestMirror } from '@rollcall/testkit/mirror'
import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { identifyInstance } from './instance.ts'
import { startTestClerk, type TestClerk } from './test-clerk.ts'

const catalog = everything()
let mirror: TestMirror
let clerk: TestClerk
beforeAll(async () => {
  mirror = await createTestMirror({ catalog })
  clerk = await startTestClerk({ instanceId: 'ins_ours' })
})
beforeEach(() => mirror.clear())
afterAll(async () => {
  await clerk[Symbol.asyncDispose]()
  await mirror[Symbol.asyncDispose]()
})

const identify = (allowed?: readonly string[]) => identifyInstance(clerk.api, mirror, catalog, allowed)
const mirrorUserOf = (id: string, instance: string | null) =>
  applyBatch(
    mirror,
    [
      {
        delivery: deliveryOf({
          type: 'user.created',
          timestamp: 1_764_000_000_000,
          instance_id: instance,
          data: { id },
        }),
        attempts: 1,
      },
    ],
    keepingOf(catalog),
  )

test('[K8] any instance fills an empty mirror, and one that is named or mirrored goes on', async () => {
  await expect(identify()).resolves.toEqual({ id: 'ins_ours', ownsUnnamedRows: false })
  await expect(identify(['ins_ours', 'ins_other'])).resolves.toEqual({ id: 'ins_ours', ownsUnnamedRows: true })
  await mirrorUserOf('user_1', 'ins_ours')
  await expect(identify()).resolves.toEqual({ id: 'ins_ours', ownsUnnamedRows: true })
  await mirrorUserOf('user_2', 'ins_other')
  await expect(identify()).resolves.toEqual({ id: 'ins_ours', ownsUnnamedRows: false })
})

test('[K8] one that is not named, or not the one that is mirrored, is refused', async () => {
  await expect(identify(['ins_other'])).rejects.toMatchObject({
    code: 'instance_refused',
    message: expect.stringMatching(
      /of the instance ins_ours, which CLERK_INSTANCE_ID does not name\. Nothing was changed\./,
    ),
  })
  await mirrorUserOf('user_1', 'ins_other')
  await expect(identify()).rejects.toMatchObject({
    code: 'instance_refused',
    message: expect.stringMatching(
      /of the instance ins_ours, and what is mirrored of ins_other\. Nothing was changed\./,
    ),
  })
  // Rows outlive the ledger, and the ledger is there before any row.
  await sql`truncate clerk.webhook_events`.execute(mirror.db)
  await expect(identify()).rejects.toMatchObject({ code: 'instance_refused' })
  await mirror.clear()
  await mirrorUserOf('user_1', 'ins_other')
  await sql`truncate clerk.users`.execute(mirror.db)
  await expect(identify()).rejects.toMatchObject({ code: 'instance_refused' })
})

test("[K8] rows that tell of no instance are nobody's until one is known", async () => {
  await mirrorUserOf('user_1', null)
  await expect(identify()).resolves.toEqual({ id: 'ins_ours', ownsUnnamedRows: false })
})
