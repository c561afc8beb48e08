import type { Delivery } from '@rollcall/shared/delivery'
import { everything, keepingOf } from '@rollcall/testkit/catalog'
import { deliveryOf } from '@rollcall/testkit/deliveries'
import { type AnyEvent, bodyOf } from '@rollcall/testkit/lives'
import { createTestMirror, type TestMirror } from '@rollcall/testkit/mirror'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type ApplyOptions, applyBatch } from './apply.ts'
import { erasedFailures } from './erase-bodies.ts'
import { event, membership, T0, user, userDeleted } from './test-deletions.ts'

describe('the ledger’s part in an erasure', () => {
  let mirror: TestMirror
  beforeAll(async () => {
    mirror = await createTestMirror()
  })
  beforeEach(() => mirror.clear())
  afterAll(() => mirror[Symbol.asyncDispose]())

  const apply = async (deliveries: readonly Delivery[], over: Partial<ApplyOptions> = {}) => {
    const attempts = deliveries.map((delivery) => ({ delivery, attempts: 1 }))
    const settled = await applyBatch(mirror, attempts, { ...keepingOf(mirror.catalog), bodies: 'all', ...over })
    return settled.map((result) => {
      if (result.status === 'rejected') throw result.reason
      return result.value
    })
  }
  const message = (messageId: string, body: AnyEvent | string) =>
    deliveryOf(typeof body === 'string' ? body : bodyOf(body), { messageId })
  const bodies = async () => {
    const rows = await mirror.db.selectFrom('webhook_events').select(['id', 'body']).orderBy('id').execute()
    return Object.fromEntries(rows.map(({ id, body }) => [id, body !== null]))
  }

  /** About nobody that could be parsed, and yet it names the user. */
  const garbled = '{"type":"user.updated","data":{"id":"user_ada","email_addresses":[{"email_address":"ada@exa'

  test('[T7] bodies about an erased user, and those that tell of the user, are erased; others stay', async () => {
    await apply([
      message('msg_1', user()),
      message('msg_2', membership(0)),
      message('msg_3', garbled),
      message('msg_4', event('robot.created', 'robot_1', 0, { owner: 'user_ada' })),
      message('msg_5', event('organization.created', 'org_acme', 0, { created_by: 'user_ada' })),
      message('msg_6', event('user.created', 'user_grace', 0)),
    ])
    expect(Object.values(await bodies()).every(Boolean)).toBe(true)
    await apply([message('msg_7', userDeleted(10))])
    expect(await bodies()).toEqual({
      msg_1: false,
      msg_2: false,
      msg_3: false,
      msg_4: false,
      msg_5: true, // an organization says nothing of who made it but the id
      msg_6: true,
      msg_7: false,
    })
  })

  test('[T7] no body is kept that comes after the erasure', async () => {
    await apply([message('msg_1', userDeleted(10))])
    const [late, member, failed] = await apply([
      message('msg_2', user()),
      message('msg_3', membership(0)),
      message('msg_4', garbled),
    ])
    expect(await bodies()).toEqual({ msg_1: false, msg_2: false, msg_3: false, msg_4: false })
    expect([late, member, failed]).toMatchObject([
      { outcome: 'stale', isErased: true },
      { outcome: 'applied', isErased: true },
      { outcome: 'failed', isErased: true },
    ])
  })

  test('[T7] …of whatever is erased, and of nothing else', async () => {
    await apply([
      message('msg_1', event('organization.deleted', 'org_acme', 10)),
      message('msg_2', event('organization.created', 'org_other', 0)),
    ])
    await apply([
      message('msg_3', event('organization.updated', 'org_acme', 5)),
      message('msg_4', event('organization.updated', 'org_other', 5)),
    ])
    expect(await bodies()).toEqual({ msg_1: false, msg_2: true, msg_3: false, msg_4: true })
  })

  test('[T7] an error keeps its code and loses its sentence, and the failure’s job is named to be removed', async () => {
    await apply([message('msg_1', garbled), message('msg_2', '{')])
    const erasing = await apply([message('msg_3', userDeleted(10))])
    expect(erasing).toMatchObject([{ outcome: 'applied', erases: true, entityId: 'user_ada' }])
    const failures = await mirror.db
      .selectFrom('webhook_events')
      .select(['id', 'error'])
      .where('outcome', '=', 'failed')
      .orderBy('id')
      .execute()
    expect(failures).toEqual([
      { id: 'msg_1', error: 'payload_invalid: erased with what it was about' },
      { id: 'msg_2', error: 'payload_invalid: not a Clerk event: the body is not JSON' },
    ])
    const asked = () => erasedFailures(mirror.db, mirror.schema, mirror.catalog, ['user_ada'])
    expect([await asked(), await asked()]).toEqual([['msg_1'], ['msg_1']])
  })

  test('[T7] a deletion that comes again still says that it erases, so that what was not done is done', async () => {
    const deletion = message('msg_1', userDeleted(10))
    await apply([deletion])
    expect(await apply([deletion])).toMatchObject([{ outcome: 'duplicate', erases: true, entityId: 'user_ada' }])
  })

  test('[T7] what went with an organization loses its bodies, too', async () => {
    await apply([message('msg_1', membership(0)), message('msg_2', event('user.created', 'user_ada', 0))])
    await apply([message('msg_3', event('organization.deleted', 'org_acme', 10))])
    expect(await bodies()).toEqual({ msg_1: false, msg_2: true, msg_3: false })
  })

  test('[T7] with `keep`, bodies are kept', async () => {
    const catalog = everything({ user: { onDelete: 'keep' } })
    await apply([message('msg_1', user()), message('msg_2', userDeleted(10)), message('msg_3', garbled)], { catalog })
    expect(await bodies()).toEqual({ msg_1: true, msg_2: true, msg_3: true })
  })

  test('[T7] a body that waits for its handler is spared', async () => {
    await apply([message('msg_1', user())], { handledTypes: new Set(['user.created']) })
    await apply([message('msg_2', userDeleted(10))])
    expect(await bodies()).toEqual({ msg_1: true, msg_2: false })
  })

  test('[T7] an erasure and a failure that is recorded at the same time leave no body, whoever is first', async () => {
    for (let round = 0; round < 40; round++) {
      await mirror.clear()
      const id = `user_r${round}`
      await Promise.all([
        apply([message('msg_1', { type: 'user.deleted', id, occurredAt: T0, data: {} })]),
        apply([message('msg_2', `{"type":"user.updated","data":{"id":"${id}","first_name":`)]),
        apply([message('msg_3', { type: 'user.created', id, occurredAt: T0, data: { first_name: 'Ada' } })]),
      ])
      expect(await bodies()).toEqual({ msg_1: false, msg_2: false, msg_3: false })
    }
  })
})
