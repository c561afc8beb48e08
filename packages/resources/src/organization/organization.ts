import { boolean, indexedText, integer, json, reference, text, time } from '../column.ts'
import { defineResource } from '../define-resource.ts'

/**
 * Clerk's organizations. What belonged to a deleted one goes with it, for Clerk promises no event for each of its
 * memberships, invitations and domains.
 */
export const organization = defineResource({
  module: import.meta.url,
  name: 'organization',
  table: 'organizations',
  events: {
    'organization.created': 'upsert',
    'organization.updated': 'upsert',
    'organization.deleted': 'delete',
  },
  columns: {
    name: text('name'),
    slug: indexedText('slug'),
    image_url: text('image_url'),
    members_count: integer('members_count'),
    pending_invitations_count: integer('pending_invitations_count'),
    max_allowed_memberships: integer('max_allowed_memberships'),
    admin_delete_enabled: boolean('admin_delete_enabled'),
    public_metadata: json('public_metadata'),
    private_metadata: json('private_metadata'),
    created_by: reference('created_by'),
    last_active_at: time('last_active_at'),
    created_at: time('created_at'),
    updated_at: time('updated_at'),
  },
  untold: ['members_count', 'pending_invitations_count', 'last_active_at'],
  otherFields: ['has_image', 'logo_url', 'missing_member_with_elevated_permissions', 'role_set_key'],
})
