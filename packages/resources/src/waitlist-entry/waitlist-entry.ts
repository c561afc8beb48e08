import { address, boolean, reference, text, time, within } from '../column.ts'
import { defineResource } from '../define-resource.ts'

/**
 * Who asked to be let in. Clerk tells of no deletion, and never names a user: the address is all there is by which an
 * entry can be found when whoever it was signs up and is deleted later.
 */
export const waitlistEntry = defineResource({
  module: import.meta.url,
  name: 'waitlist_entry',
  table: 'waitlist_entries',
  events: {
    'waitlistEntry.created': 'upsert',
    'waitlistEntry.updated': 'upsert',
  },
  columns: {
    email_address: address('email_address'),
    status: text('status'),
    is_locked: boolean('is_locked'),
    invitation_id: reference(within('invitation', 'id')),
    created_at: time('created_at'),
    updated_at: time('updated_at'),
  },
  personal: {
    email_address: ['email_address', 'invitation'],
  },
  otherFields: ['invitation'],
})
