import type { JsonObject } from '@rollcall/shared/json'
import { type Collection, createCollection, type Entry } from './collection.ts'
import type { Tell } from './events.ts'
import type { NewId } from './identifiers.ts'

/** An object in the shape of the Backend API. */
export interface ClerkObject extends JsonObject {
  readonly id: string
  readonly object: string
  /** In milliseconds, as is `updated_at`. */
  readonly created_at: number
  readonly updated_at: number
}

/** What all resources of an instance share. */
export interface World {
  readonly now: () => number
  readonly newId: NewId
  readonly tell: Tell
}

/** What one kind of object has of its own. */
export interface Kind<Links> {
  /** Before the dot of its events' types. */
  readonly event: string
  readonly object: string
  readonly idPrefix: string
  /** All of its fields but those that every object has, for an entry of which the test said nothing. */
  readonly defaults: (entry: Entry<Links>) => JsonObject
  /** What its events show in place of its JSON at the Backend API, where the two differ. */
  readonly eventData?: (object: ClerkObject) => JsonObject
}

/** What can be asked of one kind of object. */
export interface Readable<Links = unknown> {
  readonly entries: Omit<Collection<Links>, 'add' | 'replace' | 'remove'>
  readonly size: number
  /** Its JSON, as of now. */
  get(id: string): ClerkObject | undefined
  /** From the oldest to the newest. */
  all(): readonly ClerkObject[]
  render(entry: Entry<Links>): ClerkObject
}

/** One kind of object at an instance, with the changes that each tell of themselves. */
export interface Resource<Links> extends Readable<Links> {
  create(fields: JsonObject, links: Links): ClerkObject
  /** Throws where there is none; so do all that follow. `type` is the event's, `….updated` unless it is said. */
  update(id: string, change: Change<Links>): ClerkObject
  /** Tells of it by its id alone. */
  delete(id: string): void
  /** Takes it away without a word, and returns what it was. */
  withdraw(id: string): ClerkObject
  /** Adds one that has been there since then, in milliseconds, without a word. */
  seed(createdAt: number, links: Links): void
}

export interface Change<Links> {
  readonly fields?: JsonObject
  readonly links?: Links
  readonly type?: string
  /** What the event shows beyond the object. */
  readonly extraData?: JsonObject
}

const NO_FIELDS: JsonObject = {}

export function createResource<Links>(kind: Kind<Links>, world: World): Resource<Links> {
  const entries = createCollection<Links>()

  const render = (entry: Entry<Links>): ClerkObject => ({
    ...kind.defaults(entry),
    ...entry.fields,
    id: entry.id,
    object: kind.object,
    created_at: entry.created_at,
    updated_at: entry.updated_at,
  })
  const existing = (id: string): Entry<Links> => {
    const entry = entries.get(id)
    if (!entry) throw new Error(`The instance has no ${kind.object} ${id}.`)
    return entry
  }
  const tell = (type: string, object: ClerkObject, extraData: JsonObject = {}) =>
    world.tell(type, { ...(kind.eventData?.(object) ?? object), ...extraData }, object.updated_at)
  const withdraw = (id: string) => {
    const object = render(existing(id))
    entries.remove(id)
    return object
  }

  return {
    entries,
    get size() {
      return entries.size
    },
    render,
    get(id) {
      const entry = entries.get(id)
      return entry && render(entry)
    },
    all: () => [...entries.scan()].map(render),
    create(fields, links) {
      const now = world.now()
      const id = world.newId(kind.idPrefix)
      const object = render(entries.add({ id, created_at: now, updated_at: now, fields, links }))
      tell(`${kind.event}.created`, object)
      return object
    },
    update(id, { fields = {}, links, type = `${kind.event}.updated`, extraData }) {
      const before = existing(id)
      const after: Entry<Links> = {
        ...before,
        // Two changes of an object are never of the same millisecond, else nobody could tell which came last.
        updated_at: Math.max(world.now(), before.updated_at + 1),
        fields: { ...before.fields, ...fields },
        links: links ?? before.links,
      }
      entries.replace(after)
      const object = render(after)
      tell(type, object, extraData)
      return object
    },
    delete(id) {
      const deletedAt = Math.max(world.now(), withdraw(id).updated_at)
      world.tell(`${kind.event}.deleted`, { id, object: kind.object, deleted: true }, deletedAt)
    },
    withdraw,
    seed(createdAt, links) {
      const id = world.newId(kind.idPrefix)
      entries.add({ id, created_at: createdAt, updated_at: createdAt, fields: NO_FIELDS, links })
    },
  }
}
