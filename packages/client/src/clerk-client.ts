/** An entity as Clerk's SDK answers it: `raw` is Clerk's JSON as it came, which the mirror is made of. */
export interface ClerkEntity {
  readonly raw: unknown
}

/**
 * As much of Clerk's SDK as is needed: what `createClerkClient` of `@clerk/backend` or `@clerk/express` makes. Told by its
 * shape, so that the app's own version is used and none is brought along.
 */
export interface ClerkClient {
  readonly users: { getUser(userId: string): Promise<ClerkEntity> }
  readonly organizations: { getOrganization(params: { organizationId: string }): Promise<ClerkEntity> }
}
