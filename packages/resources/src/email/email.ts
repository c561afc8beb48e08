import { address, boolean, reference, text } from '../column.ts'
import { defineResource } from '../define-resource.ts'

/**
 * Emails that Clerk sends. Off unless asked for: `body`, `body_plain`, `data` and often `subject` carry one-time
 * passwords and links that sign in whoever has them, in clear text. An email to somebody who is signing up may name no
 * user, hence the address owns it as well.
 */
export const email = defineResource({
  module: import.meta.url,
  name: 'email',
  table: 'emails',
  byDefault: 'off',
  events: {
    'email.created': 'upsert',
  },
  columns: {
    user_id: reference('user_id'),
    email_address_id: reference('email_address_id'),
    to_email_address: address('to_email_address'),
    from_email_name: text('from_email_name'),
    reply_to_email_name: text('reply_to_email_name'),
    subject: text('subject'),
    slug: text('slug'),
    status: text('status'),
    delivered_by_clerk: boolean('delivered_by_clerk'),
  },
  owners: {
    user_id: { resource: 'user' },
    to_email_address: { resource: 'user' },
  },
  otherFields: ['body', 'body_plain', 'data'],
})
