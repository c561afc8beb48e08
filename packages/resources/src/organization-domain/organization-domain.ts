import { address, indexedText, integer, json, reference, text, time } from '../column.ts'
import { defineResource } from '../define-resource.ts'

/**
 * Email domains whose users an organization invites or lets in. `verification` is Clerk's old name for
 * `affiliation_verification`; the examples of its own documentation still have no other.
 */
export const organizationDomain = defineResource({
  module: import.meta.url,
  name: 'organization_domain',
  table: 'organization_domains',
  events: {
    'organizationDomain.created': 'upsert',
    'organizationDomain.updated': 'upsert',
    'organizationDomain.deleted': 'delete',
  },
  columns: {
    organization_id: reference('organization_id'),
    name: indexedText('name'),
    enrollment_mode: text('enrollment_mode'),
    affiliation_email_address: address('affiliation_email_address'),
    verification: json('verification'),
    affiliation_verification: json('affiliation_verification'),
    ownership_verification: json('ownership_verification'),
    total_pending_invitations: integer('total_pending_invitations'),
    total_pending_suggestions: integer('total_pending_suggestions'),
    created_at: time('created_at'),
    updated_at: time('updated_at'),
  },
  owners: {
    organization_id: { resource: 'organization' },
  },
  personal: {
    affiliation_email_address: ['affiliation_email_address'],
  },
  embeds: {
    public_organization_data: 'organization',
  },
  untold: ['total_pending_invitations', 'total_pending_suggestions'],
  otherFields: ['public_organization_data'],
})
