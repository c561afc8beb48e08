import { isJsonObject, type JsonObject } from '@rollcall/shared/json'
import { boolean, integer, reference, text, time, within } from '../column.ts'
import { defineResource } from '../define-resource.ts'

/**
 * A plan that a payer has, had or is to have: a change of plan is a further item, a renewal moves the period of the same
 * one. Webhooks and the Backend API put some things differently: how often is paid is `interval` or `plan_period`, a
 * plan's price its own or that of its `fee`; only the latter has `payer_id` beside `payer`, only the former the
 * subscription. Clerk calls its billing events experimental.
 */
export const subscriptionItem = defineResource({
  module: import.meta.url,
  name: 'subscription_item',
  table: 'subscription_items',
  events: {
    'subscriptionItem.created': 'upsert',
    'subscriptionItem.updated': 'upsert',
    'subscriptionItem.active': 'upsert',
    'subscriptionItem.canceled': 'upsert',
    'subscriptionItem.upcoming': 'upsert',
    'subscriptionItem.ended': 'upsert',
    'subscriptionItem.abandoned': 'upsert',
    'subscriptionItem.incomplete': 'upsert',
    'subscriptionItem.pastDue': 'upsert',
    'subscriptionItem.freeTrialEnding': 'upsert',
  },
  columns: {
    subscription_id: reference('subscription_id'),
    payer_id: reference({
      from: ['payer_id', 'payer'],
      read: (data) => data.payer_id ?? (isJsonObject(data.payer) ? data.payer.id : undefined),
    }),
    user_id: reference(within('payer', 'user_id')),
    organization_id: reference(within('payer', 'organization_id')),
    plan_id: reference('plan_id'),
    status: text('status'),
    is_free_trial: boolean('is_free_trial'),
    interval: text({ from: ['interval', 'plan_period'], read: (data) => data.interval ?? data.plan_period }),
    amount: integer(price('amount')),
    currency: text(price('currency')),
    seats: integer(within('seats', 'quantity')),
    period_start: time('period_start'),
    period_end: time('period_end'),
    created_at: time('created_at'),
    updated_at: time('updated_at'),
  },
  personal: {
    user_id: ['payer'],
  },
  embeds: {
    payer: 'user',
  },
  withheld: ['subscription_id'],
  otherFields: [
    'canceled_at',
    'credit',
    'credits',
    'ended_at',
    'instance_id',
    'lifetime_paid',
    'next_invoice',
    'next_payment',
    'past_due_at',
    'payer',
    'payment_method',
    'payment_source',
    'payment_source_id',
    'plan',
    'plan_period',
    'price_id',
    'proration_date',
    'totals',
  ],
})

/** A part of the plan's monthly price, in both of Clerk's shapes. */
function price(part: 'amount' | 'currency') {
  return {
    from: ['plan'],
    read({ plan }: JsonObject) {
      if (!isJsonObject(plan)) return undefined
      return plan[part] ?? (isJsonObject(plan.fee) ? plan.fee[part] : undefined)
    },
  }
}
