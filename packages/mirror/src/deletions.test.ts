import type { Json } from '@rollcall/shared/json'
import { describe, expect, test } from 'vitest'
import {
  ADDRESS,
  DAY_MS,
  event,
  invitation,
  membership,
  organizationDeleted,
  T0,
  useMirror,
  user,
  userDeleted,
} from './test-deletions.ts'

/** Every mirrored column of a row, and its data. */
const contents = (row: Record<string, Json>, columns: readonly string[]) => [
  ...columns.map((column) => row[column]),
  row.data,
]

describe('what a deletion erases', () => {
  const mirror = useMirror()

  test('[T1] a membership whose deletion carries an `updated_at` that is days old really goes', async () => {
    const removed = { ...membership(5 * DAY_MS), type: 'organizationMembership.deleted' }
    const stale = { ...removed, data: { ...removed.data, updated_at: T0 } }
    expect(await mirror.apply(membership(0), stale)).toEqual(['applied', 'applied'])
    const [row] = await mirror.rows('organization_memberships')
    expect(row).toMatchObject({ deleted_at: new Date(T0 + 5 * DAY_MS), deleted_with: null, role: null })
    expect(row).toMatchObject({ version: String(T0 + 5 * DAY_MS) })
  })

  test('[T2] the row stays with its id, and every mirrored column and `data` are null', async () => {
    await mirror.apply(user(), userDeleted(10))
    const [row] = await mirror.rows('users')
    expect(row).toMatchObject({ id: 'user_ada', deleted_at: new Date(T0 + 10) })
    expect(new Set(contents(row!, mirror.columnsOf('user')))).toEqual(new Set([null]))
  })

  const owners = { organization: organizationDeleted(10), user: userDeleted(10) }
  for (const [owner, deletion] of Object.entries(owners)) {
    const orders = { before: [membership(0), deletion], after: [deletion, membership(0)] } as const
    for (const [order, events] of Object.entries(orders)) {
      test(`[T3] a membership that comes ${order} the deletion of its ${owner} goes with it`, async () => {
        expect(await mirror.apply(...events)).toEqual(['applied', 'applied'])
        const [row] = await mirror.rows('organization_memberships')
        expect(row).toMatchObject({ deleted_at: new Date(T0 + 10), deleted_with: ['org_acme', 'user_ada'] })
        expect(new Set(contents(row!, mirror.columnsOf('organization_membership')))).toEqual(new Set([null]))
      })

      test(`[T3] …and likewise in one batch, with the membership ${order} the deletion`, async () => {
        expect(await mirror.applyTogether(...events)).toEqual(['applied', 'applied'])
        expect(await mirror.rows('organization_memberships')).toMatchObject([
          { deleted_at: new Date(T0 + 10), data: null },
        ])
      })
    }
  }

  test('[T3] what belongs to others stays as it is', async () => {
    const other = { ...membership(0), id: 'orgmem_2', data: { ...membership(0).data, organization: { id: 'org_b' } } }
    await mirror.apply(other, organizationDeleted(10))
    expect(await mirror.rows('organization_memberships')).toMatchObject([{ deleted_at: null, role: 'org:member' }])
  })

  test('[T3] domains go with their organization; sessions, emails and SMS messages with their user', async () => {
    const at = { updated_at: T0 }
    await mirror.apply(
      event('organizationDomain.created', 'orgdmn_1', 0, { ...at, organization_id: 'org_acme', name: 'acme.com' }),
      event('session.created', 'sess_1', 0, { ...at, user_id: 'user_ada' }),
      event('email.created', 'ema_1', 0, { user_id: 'user_ada' }),
      event('sms.created', 'sms_1', 0, { user_id: 'user_ada' }),
      organizationDeleted(10),
      userDeleted(20),
    )
    const deletedAt = async (table: string) => (await mirror.rows(table)).map((row) => row.deleted_at)
    expect(await deletedAt('organization_domains')).toEqual([new Date(T0 + 10)])
    for (const table of ['sessions', 'emails', 'sms_messages']) {
      expect(await deletedAt(table)).toEqual([new Date(T0 + 20)])
    }
  })

  test('[T4] a row with two owners was deleted when the first of them was, whichever was told of first', async () => {
    for (const events of [
      [membership(0), organizationDeleted(10), userDeleted(20)],
      [membership(0), userDeleted(20), organizationDeleted(10)],
      [userDeleted(20), membership(0), organizationDeleted(10)],
    ]) {
      await mirror.clear()
      await mirror.apply(...events)
      expect(await mirror.rows('organization_memberships')).toMatchObject([{ deleted_at: new Date(T0 + 10) }])
    }
  })

  test('[T4] …also where the first of them is told of last, among others', async () => {
    await mirror.apply(membership(0), organizationDeleted(20))
    await mirror.applyTogether(userDeleted(10), event('organization.deleted', 'org_other', 15))
    expect(await mirror.rows('organization_memberships')).toMatchObject([{ deleted_at: new Date(T0 + 10) }])
  })

  test('[T4] its own deletion outranks its owners’, before them and after', async () => {
    const own = event('organizationMembership.deleted', 'orgmem_1', 5)
    for (const events of [
      [membership(0), organizationDeleted(10), own],
      [membership(0), own, organizationDeleted(10)],
    ]) {
      await mirror.clear()
      await mirror.apply(...events)
      expect(await mirror.rows('organization_memberships')).toMatchObject([
        { deleted_at: new Date(T0 + 5), deleted_with: null },
      ])
    }
  })

  test('[T3] [T4] a pending invitation goes with its organization, one that was accepted does not', async () => {
    const accepted = { ...invitation(5, { status: 'accepted' }), type: 'organizationInvitation.accepted' }
    await mirror.apply(invitation(0), organizationDeleted(10))
    expect(await mirror.rows('organization_invitations')).toMatchObject([
      { deleted_at: new Date(T0 + 10), email_address: null, status: null, data: null },
    ])
    expect(await mirror.apply(accepted)).toEqual(['applied'])
    expect(await mirror.rows('organization_invitations')).toMatchObject([
      { deleted_at: null, deleted_with: null, status: 'accepted', email_address: 'grace@example.com' },
    ])
  })

  test('[T6] what rows that stay tell of an erased user is erased, whichever came first', async () => {
    const payer = { id: 'cpayer_1', user_id: 'user_ada', email: ADDRESS }
    const subscription = event('subscription.created', 'csub_1', 0, {
      updated_at: T0,
      status: 'active',
      payer_id: 'cpayer_1',
      payer,
    })
    const accepted = invitation(0, {
      status: 'accepted',
      user_id: 'user_ada',
      email_address: ADDRESS,
      url: 'https://x?ticket=1',
    })
    for (const events of [
      [subscription, accepted, userDeleted(10)],
      [userDeleted(10), subscription, accepted],
    ]) {
      await mirror.clear()
      await mirror.apply(...events)
      const [paid] = await mirror.rows('subscriptions')
      expect(paid).toMatchObject({ deleted_at: null, status: 'active', user_id: 'user_ada', payer_id: 'cpayer_1' })
      const [invited] = await mirror.rows('organization_invitations')
      expect(invited).toMatchObject({ deleted_at: null, status: 'accepted', email_address: null })
      expect(JSON.stringify([paid!.data, invited!.data])).not.toMatch(/example\.com|ticket/i)
    }
  })

  test('[T6] an invitation forgets its inviter, and keeps all else', async () => {
    const inviter = { user_id: 'user_ada', identifier: ADDRESS }
    await mirror.apply(invitation(0, { inviter_id: 'user_ada', public_inviter_data: inviter }), userDeleted(10))
    const [row] = await mirror.rows('organization_invitations')
    expect(row).toMatchObject({ deleted_at: null, inviter_id: 'user_ada', email_address: 'grace@example.com' })
    expect(row!.data).not.toHaveProperty('public_inviter_data')
  })

  test('[T9] what names a user by address goes with the user or forgets the address, if it was told of before', async () => {
    const entry = (at: number) =>
      event('waitlistEntry.created', 'wle_1', at, { updated_at: T0 + at, email_address: ADDRESS.toLowerCase() })
    const domain = event('organizationDomain.created', 'orgdmn_1', 0, {
      organization_id: 'org_acme',
      name: 'example.com',
      affiliation_email_address: ADDRESS,
    })
    const later = { ...invitation(30, { email_address: ADDRESS }), id: 'orginv_2' }
    await mirror.apply(user(), invitation(5, { email_address: 'ADA@example.com' }), later, entry(5), domain)
    await mirror.apply(userDeleted(20))

    expect(await mirror.rows('organization_invitations')).toMatchObject([
      { id: 'orginv_1', deleted_at: new Date(T0 + 20), deleted_with: ['org_acme', 'user_ada'], email_address: null },
      { id: 'orginv_2', deleted_at: null, email_address: ADDRESS },
    ])
    const [waiting] = await mirror.rows('waitlist_entries')
    expect(waiting).toMatchObject({ deleted_at: null, email_address: null })
    expect(waiting!.data).not.toHaveProperty('email_address')
    expect(await mirror.rows('organization_domains')).toMatchObject([
      { name: 'example.com', affiliation_email_address: null },
    ])
  })

  test('[T9] …also when the user was created and deleted in one batch', async () => {
    await mirror.apply(invitation(5, { email_address: ADDRESS }))
    expect(await mirror.applyTogether(user(), userDeleted(20))).toEqual(['stale', 'applied'])
    expect(await mirror.rows('organization_invitations')).toMatchObject([{ deleted_at: new Date(T0 + 20) }])
  })

  test('[T9] …and when it was told of in the moment of the deletion', async () => {
    await mirror.apply(user(), invitation(20, { email_address: ADDRESS }), userDeleted(20))
    expect(await mirror.rows('organization_invitations')).toMatchObject([{ deleted_at: new Date(T0 + 20) }])
  })

  test('[T9] …and before the last of several deletions, in whichever order they come', async () => {
    await mirror.apply(user(), invitation(18, { email_address: ADDRESS }))
    await mirror.applyTogether(userDeleted(20), userDeleted(15))
    expect(await mirror.rows('organization_invitations')).toMatchObject([{ deleted_at: new Date(T0 + 20) }])
  })

  test('[T9] what comes after the deletion stands, also when an older deletion comes beside another user’s', async () => {
    const entry = event('waitlistEntry.created', 'wle_1', 5, { updated_at: T0, email_address: ADDRESS })
    await mirror.apply(user(), userDeleted(20), invitation(5, { email_address: ADDRESS }), entry)
    const outcomes = await mirror.applyTogether(user(), userDeleted(15), event('user.deleted', 'user_grace', 30))
    expect(outcomes).toEqual(['stale', 'stale', 'applied'])
    expect(await mirror.rows('organization_invitations')).toMatchObject([{ deleted_at: null, email_address: ADDRESS }])
    expect(await mirror.rows('waitlist_entries')).toMatchObject([{ email_address: ADDRESS }])
  })

  test('[W4] [T9] an address that Postgres does not store is no obstacle', async () => {
    const odd = { ...user(), data: { email_addresses: [{ email_address: 'a\u0000da\ud800@example.com' }, 7, null] } }
    expect(await mirror.applyTogether(odd, userDeleted(20))).toEqual(['stale', 'applied'])
  })

  test('[W10] what a body embeds of another entity is written to that entity’s row by nobody', async () => {
    await mirror.apply(
      membership(0),
      event('session.created', 'sess_1', 0, { user_id: 'user_ada', user: { id: 'user_ada', first_name: 'Ada' } }),
      event('subscription.created', 'csub_1', 0, { items: [{ id: 'csub_item_1', status: 'active' }] }),
    )
    for (const table of ['users', 'organizations', 'subscription_items']) expect(await mirror.rows(table)).toEqual([])
  })
})

describe('what belongs to owners that are not mirrored', () => {
  const mirror = useMirror({ user: false, organization: false })

  test('[T3] stays as it is told: nobody knows when one is deleted', async () => {
    expect(await mirror.apply(membership(0), organizationDeleted(10), membership(20))).toEqual([
      'applied',
      'ignored',
      'applied',
    ])
    expect(await mirror.rows('organization_memberships')).toMatchObject([{ deleted_at: null, role: 'org:member' }])
  })
})
