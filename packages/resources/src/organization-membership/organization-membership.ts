import { json, reference, text, time, within } from '../column.ts'
import { defineResource } from '../define-resource.ts'

/**
 * Users' memberships in organizations. A deletion is a whole membership, without a `deleted` flag and with the
 * `updated_at` of its last change, days ago: its type alone tells that it is one, and its envelope when. The organization
 * inside is a part of itself, as of some time, and never written to its own row.
 */
export const organizationMembership = defineResource({
  module: import.meta.url,
  name: 'organization_membership',
  table: 'organization_memberships',
  events: {
    'organizationMembership.created': 'upsert',
    'organizationMembership.updated': 'upsert',
    'organizationMembership.deleted': 'delete',
  },
  columns: {
    organization_id: reference(within('organization', 'id')),
    user_id: reference(within('public_user_data', 'user_id')),
    role: text('role'),
    role_name: text('role_name'),
    permissions: json('permissions'),
    public_user_data: json('public_user_data'),
    public_metadata: json('public_metadata'),
    private_metadata: json('private_metadata'),
    created_at: time('created_at'),
    updated_at: time('updated_at'),
  },
  owners: {
    organization_id: { resource: 'organization' },
    user_id: { resource: 'user' },
  },
  embeds: {
    organization: 'organization',
    public_user_data: 'user',
  },
  // Who the member is changes with the user, whose own event tells of it.
  untold: ['public_user_data'],
  otherFields: ['organization'],
})
