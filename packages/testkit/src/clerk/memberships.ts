import type { JsonObject } from '@rollcall/shared/json'
import type { Entry } from './collection.ts'
import { type ClerkObject, createResource, type Kind, type Readable, type Resource, type World } from './resource.ts'
import { IMAGE_URL, primaryAddressOf } from './users.ts'

export interface MembershipLinks {
  readonly organizationId: string
  readonly userId: string
}

interface Owners {
  readonly users: Pick<Readable, 'get'>
  readonly organizations: Pick<Readable, 'get'>
}

const membership = ({ users, organizations }: Owners): Kind<MembershipLinks> => ({
  event: 'organizationMembership',
  object: 'organization_membership',
  idPrefix: 'orgmem',
  defaults: ({ links }) => ({
    role: 'org:member',
    role_name: 'Member',
    permissions: [],
    public_metadata: {},
    private_metadata: {},
    organization: embeddedOrganization(organizations.get(links.organizationId)!),
    public_user_data: publicUserData(users.get(links.userId)!),
  }),
})

/** As an organization is shown inside another object: without what only its backend may see. */
const embeddedOrganization = ({ private_metadata: _hidden, created_by: _creator, ...shown }: ClerkObject): JsonObject =>
  shown

const publicUserData = (user: ClerkObject): JsonObject => ({
  user_id: user.id,
  first_name: user.first_name,
  last_name: user.last_name,
  profile_image_url: user.profile_image_url ?? IMAGE_URL,
  image_url: user.image_url ?? IMAGE_URL,
  has_image: user.has_image,
  identifier: primaryAddressOf(user) ?? user.username ?? null,
  username: user.username,
  banned: user.banned,
  deprovisioned: user.deprovisioned,
})

export interface Memberships extends Resource<MembershipLinks> {
  /**
   * Tells of it by the whole membership, as of its last change, without a flag that it is gone: its type alone says that it
   * is a deletion, and its envelope when.
   */
  delete(id: string): void
  ofUser(userId: string): readonly Entry<MembershipLinks>[]
}

export function createMemberships(world: World, owners: Owners): Memberships {
  const resource = createResource(membership(owners), world)
  // Else each new one, and each user who goes, would cost a look at them all.
  const idsByUser = new Map<string, Set<string>>()

  const withdraw = (id: string) => {
    const userId = resource.entries.get(id)?.links.userId
    const withdrawn = resource.withdraw(id)
    idsByUser.get(userId!)?.delete(id)
    return withdrawn
  }

  return {
    ...resource,
    get size() {
      return resource.size
    },
    create(fields, links) {
      const created = resource.create(fields, links)
      idsByUser.set(links.userId, (idsByUser.get(links.userId) ?? new Set()).add(created.id))
      return created
    },
    withdraw,
    delete(id) {
      const stale = withdraw(id)
      world.tell('organizationMembership.deleted', stale, Math.max(world.now(), stale.updated_at))
    },
    ofUser: (userId) => [...(idsByUser.get(userId) ?? [])].map((id) => resource.entries.get(id)!),
  }
}
