import { reference, text, time, within } from '../column.ts'
import { defineResource } from '../define-resource.ts'

/**
 * What a user or an organization pays for: Clerk has one subscription for each payer, and tells of no deletion. Books
 * are kept, so the row stays when its user is deleted, without what it tells of them. Clerk calls its billing events
 * experimental.
 */
export const subscription = defineResource({
  module: import.meta.url,
  name: 'subscription',
  table: 'subscriptions',
  events: {
    'subscription.created': 'upsert',
    'subscription.updated': 'upsert',
    'subscription.active': 'upsert',
    'subscription.pastDue': 'upsert',
  },
  columns: {
    status: text('status'),
    payer_id: reference('payer_id'),
    user_id: reference(within('payer', 'user_id')),
    organization_id: reference(within('payer', 'organization_id')),
    latest_payment_id: reference('latest_payment_id'),
    payment_source_id: reference('payment_source_id'),
    active_at: time('active_at'),
    canceled_at: time('canceled_at'),
    past_due_at: time('past_due_at'),
    ended_at: time('ended_at'),
    created_at: time('created_at'),
    updated_at: time('updated_at'),
  },
  personal: {
    user_id: ['payer'],
  },
  embeds: {
    payer: 'user',
  },
  otherFields: ['eligible_for_free_trial', 'instance_id', 'items', 'next_payment', 'payer', 'subscription_items'],
})
