import type { JsonObject } from '@rollcall/shared/json'
import { type ClerkObject, createResource, type Kind, type Resource, type World } from './resource.ts'

/** Nothing of a user is made from another object. */
export type UserLinks = null

const user: Kind<UserLinks> = {
  event: 'user',
  object: 'user',
  idPrefix: 'user',
  defaults: ({ id, ordinal, created_at }) => ({
    ...primaryEmail(`user-${ordinal}@example.com`, `idn_${id.slice('user_'.length)}`, created_at),
    external_id: null,
    primary_phone_number_id: null,
    primary_web3_wallet_id: null,
    username: null,
    first_name: `User ${ordinal}`,
    last_name: null,
    locale: null,
    profile_image_url: IMAGE_URL,
    image_url: IMAGE_URL,
    has_image: false,
    public_metadata: {},
    private_metadata: {},
    unsafe_metadata: {},
    phone_numbers: [],
    web3_wallets: [],
    passkeys: [],
    password_enabled: false,
    two_factor_enabled: false,
    totp_enabled: false,
    backup_code_enabled: false,
    mfa_enabled_at: null,
    mfa_disabled_at: null,
    password_last_updated_at: null,
    external_accounts: [],
    saml_accounts: [],
    enterprise_accounts: [],
    last_sign_in_at: null,
    banned: false,
    locked: false,
    deprovisioned: false,
    lockout_expires_in_seconds: null,
    verification_attempts_remaining: 100,
    delete_self_enabled: true,
    create_organization_enabled: true,
    create_organizations_limit: null,
    last_active_at: null,
    legal_accepted_at: null,
    bypass_client_trust: false,
  }),
}

export const IMAGE_URL = 'https://img.clerk.com/default'

/** The fields of a user whose one address this is. `at`, in milliseconds, is when it was made. */
export const primaryEmail = (address: string, id: string, at: number): JsonObject => ({
  primary_email_address_id: id,
  email_addresses: [
    {
      id,
      object: 'email_address',
      email_address: address,
      reserved: false,
      verification: {
        object: 'verification_otp',
        status: 'verified',
        strategy: 'email_code',
        attempts: 1,
        expire_at: at + CODE_LASTS_MS,
      },
      linked_to: [],
      matches_sso_connection: false,
      created_at: at,
      updated_at: at,
    },
  ],
})

/** As long as a code by email is good for. */
const CODE_LASTS_MS = 10 * 60_000

/** The address by which a user is known, if there is one. */
export function primaryAddressOf(user: ClerkObject): string | undefined {
  const addresses = user.email_addresses as readonly { readonly id: string; readonly email_address: string }[]
  return addresses.find(({ id }) => id === user.primary_email_address_id)?.email_address
}

export const createUsers = (world: World): Resource<UserLinks> => createResource(user, world)
