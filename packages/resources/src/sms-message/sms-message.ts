import { boolean, reference, text, time } from '../column.ts'
import { defineResource } from '../define-resource.ts'

/**
 * Text messages that Clerk sends. Off unless asked for: `message` and `data` carry one-time passwords, in clear text.
 * Clerk documents `created_at_ms`, but its own example has `created_at`.
 */
export const smsMessage = defineResource({
  module: import.meta.url,
  name: 'sms_message',
  table: 'sms_messages',
  byDefault: 'off',
  events: {
    'sms.created': 'upsert',
  },
  columns: {
    user_id: reference('user_id'),
    phone_number_id: reference('phone_number_id'),
    from_phone_number: text('from_phone_number'),
    to_phone_number: text('to_phone_number'),
    slug: text('slug'),
    message: text('message'),
    status: text('status'),
    delivered_by_clerk: boolean('delivered_by_clerk'),
    created_at: time({ from: ['created_at_ms', 'created_at'], read: (data) => data.created_at_ms ?? data.created_at }),
  },
  owners: {
    user_id: { resource: 'user' },
  },
  otherFields: ['created_at_ms', 'data'],
})
