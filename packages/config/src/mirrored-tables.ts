import type { ColumnType } from 'kysely'
import type { ResourceName, ResourceNamed, RowOf, TableNamed } from './known-resources.ts'

/** The mirrored tables as Kysely knows tables, in a schema. To be read only: Rollcall alone writes them. */
export type MirroredTables<Schema extends string> = {
  [Name in ResourceName as `${Schema}.${TableNamed<Name>}`]: ReadOnly<
    Name extends Owned ? RowOf<ResourceNamed<Name>> : Omit<RowOf<ResourceNamed<Name>>, 'deleted_with'>
  >
}

/** Resources whose rows go with an owner, which the registry's types do not tell: a test holds this to the database. */
type Owned =
  | 'organization_membership'
  | 'organization_invitation'
  | 'organization_domain'
  | 'session'
  | 'email'
  | 'sms_message'

/** The views over them, likewise. */
export type MirroredViews<Schema extends string> = {
  [Name in keyof Views as `${Schema}.${Name}`]: ReadOnly<Views[Name]>
}

type ReadOnly<Row> = { [Name in keyof Row]-?: ColumnType<Exclude<Row[Name], undefined>, never, never> }

interface Views {
  readonly active_users: ActiveUser
  readonly user_emails: UserEmail
  readonly active_memberships: ActiveMembership
}

type UserRow = RowOf<ResourceNamed<'user'>>
type OrganizationRow = RowOf<ResourceNamed<'organization'>>
type MembershipRow = RowOf<ResourceNamed<'organization_membership'>>

/** A user who is not deleted, without what tells of the row's own history. */
export type ActiveUser = Omit<UserRow, 'data' | 'version' | 'occurred_at' | 'deleted_at' | 'deleted_with' | 'event_id'>

/** One of a user's email addresses, which may be anything that Clerk sent in its place. */
export interface UserEmail {
  readonly user_id: string
  readonly email_address_id: string | null
  readonly email_address: string | null
  readonly is_verified: boolean
  readonly is_primary: boolean
  readonly instance_id: string | null
}

/** A membership that is not deleted, with what its organization and its user are called: null until those have arrived. */
export type ActiveMembership = Pick<
  MembershipRow,
  | 'id'
  | 'organization_id'
  | 'user_id'
  | 'role'
  | 'role_name'
  | 'permissions'
  | 'public_metadata'
  | 'created_at'
  | 'updated_at'
  | 'instance_id'
> &
  Pick<UserRow, 'username' | 'first_name' | 'last_name' | 'primary_email_address'> & {
    readonly organization_name: OrganizationRow['name']
    readonly organization_slug: OrganizationRow['slug']
    readonly organization_image_url: OrganizationRow['image_url']
    readonly user_external_id: UserRow['external_id']
    readonly user_image_url: UserRow['image_url']
  }
