import { integer, json, reference, text, time, within } from '../column.ts'
import { defineResource } from '../define-resource.ts'

/**
 * Attempts to collect a payment, at checkout or when a subscription renews. Books are kept, so the row stays when its
 * user is deleted, without what it tells of them and of their card. Clerk calls its billing events experimental.
 */
export const paymentAttempt = defineResource({
  module: import.meta.url,
  name: 'payment_attempt',
  table: 'payment_attempts',
  events: {
    'paymentAttempt.created': 'upsert',
    'paymentAttempt.updated': 'upsert',
  },
  columns: {
    payment_id: reference('payment_id'),
    statement_id: reference('statement_id'),
    invoice_id: reference('invoice_id'),
    gateway_external_id: text('gateway_external_id'),
    status: text('status'),
    charge_type: text('charge_type'),
    payer_id: reference(within('payer', 'id')),
    user_id: reference(within('payer', 'user_id')),
    organization_id: reference(within('payer', 'organization_id')),
    payment_source_id: reference(within('payment_source', 'id')),
    subtotal_amount: integer(within('totals', 'subtotal', 'amount')),
    tax_total_amount: integer(within('totals', 'tax_total', 'amount')),
    grand_total_amount: integer(within('totals', 'grand_total', 'amount')),
    currency: text(within('totals', 'grand_total', 'currency')),
    failed_reason: json('failed_reason'),
    billing_date: time('billing_date'),
    paid_at: time('paid_at'),
    failed_at: time('failed_at'),
    created_at: time('created_at'),
    updated_at: time('updated_at'),
  },
  personal: {
    user_id: ['payer', 'payment_source', 'subscription_items'],
  },
  embeds: {
    payer: 'user',
  },
  otherFields: [
    'amount',
    'gateway_external_url',
    'instance_id',
    'payee',
    'payee_id',
    'payer',
    'payment_method',
    'payment_method_id',
    'payment_source',
    'subscription_item',
    'subscription_item_id',
    'subscription_items',
    'totals',
  ],
})
