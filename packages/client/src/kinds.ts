import type { ResourceNamed, RowOf } from '@rollcall/config/known-resources'
import type { ClerkClient, ClerkEntity } from './clerk-client.ts'

/** What the client answers rows of, by the names of their resources. */
export type KindName = 'user' | 'organization'

/** A row that is there: of one that is deleted there is an error instead. */
type PresentRow<Name extends KindName> = RowOf<ResourceNamed<Name>> & { readonly deleted_at: null }

export type UserRow = PresentRow<'user'>
export type OrganizationRow = PresentRow<'organization'>

/** All in which users and organizations differ. */
export interface Kind {
  readonly name: KindName
  readonly ask: (client: ClerkClient, id: string) => Promise<ClerkEntity>
}

export const user: Kind = { name: 'user', ask: (client, id) => client.users.getUser(id) }

export const organization: Kind = {
  name: 'organization',
  ask: (client, organizationId) => client.organizations.getOrganization({ organizationId }),
}
