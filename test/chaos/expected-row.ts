import { isJsonObject, type Json, type JsonObject } from '@rollcall/shared/json'

/** The tables that are compared. */
export const TABLES = ['users', 'organizations', 'organization_memberships'] as const
export type Table = (typeof TABLES)[number]

/** The table of an event's type. */
export const tableOf = (type: string): Table => {
  const subject = type.slice(0, type.indexOf('.'))
  const table = { user: 'users', organization: 'organizations', organizationMembership: 'organization_memberships' }[
    subject
  ]
  if (!table) throw new Error(`The history has no ${type}.`)
  return table as Table
}

type Read = (data: JsonObject) => Json

const field =
  (name: string): Read =>
  (data) =>
    data[name] ?? null

const fields = (...names: readonly string[]): Readonly<Record<string, Read>> =>
  Object.fromEntries(names.map((name) => [name, field(name)]))

/** The property of the entry in a list that another field names. */
const entry =
  (list: string, reference: string, property: string): Read =>
  (data) => {
    const found = (data[list] as readonly JsonObject[]).find(({ id }) => id === data[reference])
    return found?.[property] ?? null
  }

const inside =
  (name: string, property: string): Read =>
  (data) => {
    const inner = data[name]
    return isJsonObject(inner) ? (inner[property] ?? null) : null
  }

const COMMON = fields('public_metadata', 'private_metadata', 'created_at', 'updated_at')

/** What each column holds of what Clerk sent, told anew here rather than by the mapping that is tested. Times are milliseconds. */
export const COLUMNS: Readonly<Record<Table, Readonly<Record<string, Read>>>> = {
  users: {
    ...COMMON,
    ...fields('external_id', 'username', 'first_name', 'last_name', 'image_url', 'unsafe_metadata'),
    ...fields('email_addresses', 'phone_numbers', 'external_accounts', 'last_sign_in_at', 'last_active_at'),
    ...fields('banned', 'locked', 'password_enabled', 'two_factor_enabled'),
    primary_email_address: entry('email_addresses', 'primary_email_address_id', 'email_address'),
    primary_phone_number: entry('phone_numbers', 'primary_phone_number_id', 'phone_number'),
  },
  organizations: {
    ...COMMON,
    ...fields('name', 'slug', 'image_url', 'members_count', 'pending_invitations_count', 'max_allowed_memberships'),
    ...fields('admin_delete_enabled', 'created_by', 'last_active_at'),
  },
  organization_memberships: {
    ...COMMON,
    ...fields('role', 'role_name', 'permissions', 'public_user_data'),
    organization_id: inside('organization', 'id'),
    user_id: inside('public_user_data', 'user_id'),
  },
}

/** The mirrored columns of something that is there; of what was deleted and erased, where there is no data. */
export const columnsOf = (table: Table, data: JsonObject | undefined): JsonObject =>
  Object.fromEntries([
    ...Object.entries(COLUMNS[table]).map(([name, read]) => [name, data ? read(data) : null] as const),
    ['data', data ?? null] as const,
  ])
