import { json, reference, text, time } from '../column.ts'
import { defineResource } from '../define-resource.ts'

/**
 * Users' sessions. Off unless asked for: there are far more of them than of all else, and the latest activity holds IP
 * address and place. Clerk deletes none, it ends them; one that expires makes no event, so that whether a session may
 * still be used is for Clerk to say, not for this table.
 */
export const session = defineResource({
  module: import.meta.url,
  name: 'session',
  table: 'sessions',
  byDefault: 'off',
  events: {
    'session.created': 'upsert',
    'session.pending': 'upsert',
    'session.ended': 'upsert',
    'session.removed': 'upsert',
    'session.revoked': 'upsert',
  },
  columns: {
    user_id: reference('user_id'),
    client_id: reference('client_id'),
    last_active_organization_id: reference('last_active_organization_id'),
    status: text('status'),
    actor: json('actor'),
    latest_activity: json('latest_activity'),
    last_active_at: time('last_active_at'),
    expire_at: time('expire_at'),
    abandon_at: time('abandon_at'),
    created_at: time('created_at'),
    updated_at: time('updated_at'),
  },
  owners: {
    user_id: { resource: 'user' },
  },
  embeds: {
    user: 'user',
  },
  otherFields: ['tasks', 'user'],
})
