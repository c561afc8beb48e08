import { describe, expect, test } from 'vitest'
import { ADDRESS, event, membership, T0, useMirror, user, userDeleted } from './test-deletions.ts'

describe('what a deletion keeps', () => {
  const keep = { onDelete: 'keep' } as const
  const mirror = useMirror({ user: keep, organization_membership: keep })
  const renamed = (at: number) => event('user.updated', 'user_ada', at, { updated_at: T0 + at, first_name: 'Augusta' })

  test('[T2] with `keep` the last values are there, and `deleted_at` beside them', async () => {
    await mirror.apply(user(), userDeleted(10))
    expect(await mirror.rows('users')).toMatchObject([
      { first_name: 'Ada', primary_email_address: ADDRESS, deleted_at: new Date(T0 + 10), version: String(T0) },
    ])
  })

  test('[T5] values that come after the deletion are kept if they are newer, and the row stays deleted', async () => {
    for (const events of [
      [userDeleted(10), user(), renamed(5)],
      [user(), userDeleted(10), renamed(5)],
      [renamed(5), userDeleted(10), user()],
    ]) {
      await mirror.clear()
      await mirror.apply(...events)
      expect(await mirror.rows('users')).toMatchObject([
        { first_name: 'Augusta', deleted_at: new Date(T0 + 10), version: String(T0 + 5) },
      ])
    }
  })

  test('[T5] each part tells whether it was written', async () => {
    expect(await mirror.apply(user(), userDeleted(10), userDeleted(5), renamed(5), user())).toEqual([
      'applied',
      'applied',
      'stale', // an earlier deletion than the one that stands
      'applied', // newer values than those that stand
      'stale',
    ])
    expect(await mirror.applyTogether(renamed(7), userDeleted(20), renamed(6))).toEqual(['applied', 'applied', 'stale'])
    expect(await mirror.rows('users')).toMatchObject([{ deleted_at: new Date(T0 + 20), version: String(T0 + 7) }])
  })

  test('[T2] [T3] a membership that went with its user keeps its values, and its own newer ones', async () => {
    await mirror.apply(membership(0), userDeleted(10), membership(5, { role: 'org:admin' }))
    expect(await mirror.rows('organization_memberships')).toMatchObject([
      { role: 'org:admin', organization_id: 'org_acme', deleted_at: new Date(T0 + 10), version: String(T0 + 5) },
    ])
  })

  test('[T4] its own deletion outranks its owners’ where it keeps what names them', async () => {
    const own = event('organizationMembership.deleted', 'orgmem_1', 15)
    await mirror.apply(membership(0), own, userDeleted(10))
    expect(await mirror.rows('organization_memberships')).toMatchObject([
      { deleted_at: new Date(T0 + 15), deleted_with: null, user_id: 'user_ada' },
    ])
  })

  test('[T6] of a user who is kept nothing is erased elsewhere', async () => {
    const payer = { id: 'cpayer_1', user_id: 'user_ada', email: ADDRESS }
    await mirror.apply(event('subscription.created', 'csub_1', 0, { payer }), userDeleted(10))
    expect(await mirror.rows('subscriptions')).toMatchObject([{ data: { payer } }])
  })
})
