import { address, json, reference, text, time } from '../column.ts'
import { defineResource } from '../define-resource.ts'

/**
 * Invitations into organizations. None is ever deleted by an event of its own: one that is pending goes with its
 * organization and with whom it was meant for; an accepted or revoked one is history and stays, without what it tells of
 * people. Clerk names the user only once they have accepted; before that there is nothing but the address. Whoever has
 * `url` can accept, hence it is erased with the address.
 */
export const organizationInvitation = defineResource({
  module: import.meta.url,
  name: 'organization_invitation',
  table: 'organization_invitations',
  events: {
    'organizationInvitation.created': 'upsert',
    'organizationInvitation.accepted': 'upsert',
    'organizationInvitation.revoked': 'upsert',
  },
  columns: {
    organization_id: reference('organization_id'),
    user_id: reference('user_id'),
    inviter_id: reference('inviter_id'),
    email_address: address('email_address'),
    role: text('role'),
    role_name: text('role_name'),
    status: text('status'),
    public_metadata: json('public_metadata'),
    private_metadata: json('private_metadata'),
    expires_at: time('expires_at'),
    created_at: time('created_at'),
    updated_at: time('updated_at'),
  },
  owners: {
    organization_id: { resource: 'organization', while: { status: 'pending' } },
    user_id: { resource: 'user', while: { status: 'pending' } },
    email_address: { resource: 'user', while: { status: 'pending' } },
  },
  personal: {
    user_id: ['email_address', 'url'],
    email_address: ['email_address', 'url'],
    inviter_id: ['public_inviter_data'],
  },
  embeds: { public_inviter_data: 'user', public_organization_data: 'organization' },
  otherFields: ['data', 'public_inviter_data', 'public_organization_data', 'url'],
})
