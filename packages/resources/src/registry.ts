import type { Resource } from './define-resource.ts'
import { user } from './user/user.ts'

/** Every resource that is mirrored. Adding one is a folder beside `user/` and a line here. */
export const resources: readonly Resource[] = [user]

const byEventType = new Map(
  resources.flatMap((resource) => Object.keys(resource.events).map((type) => [type, resource] as const)),
)

/** The resource that an event changes, or nothing for the many Clerk events that are not mirrored. */
export const resourceOf = (eventType: string): Resource | undefined => byEventType.get(eventType)

/** Event types that change a mirrored row. */
export const mirroredEventTypes: readonly string[] = [...byEventType.keys()]
