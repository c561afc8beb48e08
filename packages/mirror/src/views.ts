/** A view for people and applications, there where the resources are mirrored that it is over. */
interface View {
  readonly name: string
  /** Names of resources. */
  readonly over: readonly string[]
  /** Its migrations, as a resource's. */
  readonly folder: URL
}

const folder = (name: string): URL => new URL(`../views/${name}/`, import.meta.url)

/** Every view. Each names its columns, so that a table may get new ones. */
export const views: readonly View[] = [
  { name: 'active_users', over: ['user'], folder: folder('active_users') },
  { name: 'user_emails', over: ['user'], folder: folder('user_emails') },
  {
    name: 'active_memberships',
    over: ['organization_membership', 'organization', 'user'],
    folder: folder('active_memberships'),
  },
]
