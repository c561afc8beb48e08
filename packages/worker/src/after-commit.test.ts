import { applyBatch } from '@rollcall/mirror/apply'
import type { JobQueue } from '@rollcall/queue/job-queue'
import { keepingOf } from '@rollcall/testkit/catalog'
import { deliveryOf } from '@rollcall/testkit/deliveries'
import { createTestMirror } from '@rollcall/testkit/mirror'
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { createAfterCommit } from './after-commit.ts'

test('[W4] [T7] a deletion whose id Postgres does not store leaves the queue, and so do those beside it', async () => {
  await using mirror = await createTestMirror()
  const removed: string[] = []
  const afterCommit = createAfterCommit({
    mirror,
    catalog: mirror.catalog,
    queue: { removeFailed: async (ids) => void removed.push(...ids) } as JobQueue,
    handledTypes: new Set(),
    onHandlersDue: () => {},
  })
  const ids = ['user_\u0000a', 'user_\ud800b', 'user_c']
  const events = (type: string, more: object) =>
    ids.map((id, i) => ({
      delivery: deliveryOf(JSON.stringify({ type, data: { id, ...more } }), { messageId: `msg_${type}_${i}` }),
      attempts: 1,
    }))
  const keeping = keepingOf(mirror.catalog)
  await sql`alter table clerk.users add constraint poison check (first_name <> 'Poison')`.execute(mirror.db)
  await applyBatch(mirror, events('user.created', { first_name: 'Poison' }), keeping)

  const settled = await afterCommit(await applyBatch(mirror, events('user.deleted', { deleted: true }), keeping))

  expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'fulfilled'])
  expect(removed.toSorted()).toEqual(['msg_user.created_0', 'msg_user.created_1', 'msg_user.created_2'])
})
