import { createHash, createHmac } from 'node:crypto'
import { type Events, render, type Sign, someTexts } from './events.ts'

/** As long as the users' bodies with which they are compared. */
const BODY_BYTES = 2_200

/** Keys of a customer's metadata, at Stripe's limit of 500 characters for each value. */
const METADATA = ['about', 'notes', 'history']
const FIRST_FIELD_OF_METADATA = 5

/** Stripe's `customer.updated`, of different customers, made as long as a user's event by its metadata. */
export function customerUpdates(label: string): Events {
  const metadata = METADATA.map((key, i) => [key, `{${FIRST_FIELD_OF_METADATA + i}}`])
  const template = JSON.stringify({
    id: '{1}',
    object: 'event',
    api_version: '2020-08-27',
    created: 1_764_000_000,
    type: 'customer.updated',
    livemode: false,
    pending_webhooks: 1,
    request: { id: 'req_bench', idempotency_key: null },
    data: {
      object: {
        id: 'cus_{2}',
        object: 'customer',
        address: {
          city: 'London',
          country: 'GB',
          line1: '12 St James Square',
          line2: null,
          postal_code: 'SW1Y 4JH',
          state: null,
        },
        balance: 0,
        created: 1_764_000_000,
        currency: 'gbp',
        default_source: null,
        delinquent: false,
        description: 'From the newsletter',
        discount: null,
        email: '{3}@example.com',
        invoice_prefix: '{4}',
        invoice_settings: { custom_fields: null, default_payment_method: null, footer: null, rendering_options: null },
        livemode: false,
        metadata: Object.fromEntries(metadata),
        name: 'Ada Lovelace',
        next_invoice_sequence: 1,
        phone: null,
        preferred_locales: [],
        shipping: null,
        tax_exempt: 'none',
      },
      previous_attributes: { balance: 100 },
    },
  })
  const fieldsOf = (number: number, texts: readonly string[]) => {
    const id = `${label}${String(number).padStart(8, '0')}`
    const random = createHash('sha256').update(id).digest('hex')
    return [`evt_${id}`, id, random.slice(0, 12), random.slice(0, 8).toUpperCase(), ...texts]
  }
  const none = METADATA.map(() => '')
  const missing = BODY_BYTES - render({ template, fieldsOf: (number) => fieldsOf(number, none) }, 0).length
  const each = Math.ceil(missing / METADATA.length)
  const texts = METADATA.map((key, i) =>
    someTexts(label + key, i === 0 ? missing - each * (METADATA.length - 1) : each),
  )
  return {
    template,
    fieldsOf: (number) =>
      fieldsOf(
        number,
        texts.map((some) => some[number % some.length]!),
      ),
  }
}

/** Stripe, over the time and the body. */
export const stripe =
  (secret: string): Sign =>
  (_messageId, body, nowSeconds) => ({
    signature: createHmac('sha256', secret).update(`${nowSeconds}.${body}`).digest('hex'),
    headers: { 'stripe-signature': `t=${nowSeconds},v1={signature}` },
  })
