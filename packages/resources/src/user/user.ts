import { address, boolean, indexedText, json, ofEntry, text, time } from '../column.ts'
import { defineResource } from '../define-resource.ts'

/**
 * Clerk's users. Bans, locks and deprovisioning by directory sync arrive as `user.updated`. Email addresses are not
 * unique over time: an address that one user gave up may belong to another tomorrow.
 */
export const user = defineResource({
  module: import.meta.url,
  name: 'user',
  table: 'users',
  events: {
    'user.created': 'upsert',
    'user.updated': 'upsert',
    'user.deleted': 'delete',
  },
  columns: {
    external_id: indexedText('external_id'),
    username: indexedText('username'),
    first_name: text('first_name'),
    last_name: text('last_name'),
    primary_email_address: address(ofEntry('email_addresses', 'primary_email_address_id', 'email_address')),
    primary_phone_number: text(ofEntry('phone_numbers', 'primary_phone_number_id', 'phone_number')),
    image_url: text('image_url'),
    email_addresses: json('email_addresses'),
    phone_numbers: json('phone_numbers'),
    external_accounts: json('external_accounts'),
    public_metadata: json('public_metadata'),
    private_metadata: json('private_metadata'),
    unsafe_metadata: json('unsafe_metadata'),
    banned: boolean('banned'),
    locked: boolean('locked'),
    password_enabled: boolean('password_enabled'),
    two_factor_enabled: boolean('two_factor_enabled'),
    last_sign_in_at: time('last_sign_in_at'),
    last_active_at: time('last_active_at'),
    created_at: time('created_at'),
    updated_at: time('updated_at'),
  },
  // Clerk keeps it up to date by the day, and tells nobody.
  untold: ['last_active_at'],
  otherFields: [
    'primary_email_address_id',
    'primary_phone_number_id',
    'primary_web3_wallet_id',
    'profile_image_url',
    'has_image',
    'web3_wallets',
    'passkeys',
    'saml_accounts',
    'enterprise_accounts',
    'totp_enabled',
    'backup_code_enabled',
    'mfa_enabled_at',
    'mfa_disabled_at',
    'lockout_expires_in_seconds',
    'verification_attempts_remaining',
    'delete_self_enabled',
    'create_organization_enabled',
    'create_organizations_limit',
    'legal_accepted_at',
  ],
})
