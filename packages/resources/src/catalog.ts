import type { Omissions, Resource } from './define-resource.ts'

/** What a deletion leaves of a row: nothing but its id and its place in the order, or the last values. */
export type Deletion = 'erase' | 'keep'

/** How one resource is mirrored. */
export interface ResourceSettings {
  /** Fields of Clerk's `data` that are left out: they are in no column, and not in `data` [T8]. */
  readonly omit?: readonly string[] | undefined
  readonly onDelete?: Deletion | undefined
}

/** By the resource's name; `true` and `false` switch it on and off. */
export type CatalogSettings = Readonly<Record<string, boolean | ResourceSettings | undefined>>

/** A resource that is switched on, and how it is mirrored. */
export interface MirroredResource extends Resource {
  readonly onDelete: Deletion
}

/** The resources of an installation. */
export interface Catalog {
  /** Every resource there is, switched on or not. */
  readonly all: readonly Resource[]
  /** Those that are switched on, in the order of their tables' names. */
  readonly mirrored: readonly MirroredResource[]
  /** What is left out, of each resource. */
  readonly omissions: Omissions
  /** The resource that an event is about, switched on or not; nothing for a type that belongs to none. */
  resourceOf(eventType: string): Resource | undefined
  /** The resource that an event changes; nothing where there is none, or it is switched off. */
  mirroredBy(eventType: string): MirroredResource | undefined
  /** The resource of this name, if it is switched on. */
  mirroredNamed(name: string): MirroredResource | undefined
}

/** What of the resources there are is mirrored, and how. */
export function createCatalog(all: readonly Resource[], settings: CatalogSettings = {}): Catalog {
  const mirrored = all
    .map((resource) => switchedOn(resource, settings[resource.name]))
    .filter((resource) => resource !== undefined)
    .sort((a, b) => (a.table < b.table ? -1 : 1))
  const ofType = byEventType(all)
  const mirroredOfType = byEventType(mirrored)
  const byName = new Map(mirrored.map((resource) => [resource.name, resource]))
  return {
    all,
    mirrored,
    omissions: Object.fromEntries(all.map(({ name }) => [name, new Set(omitted(settings[name]))])),
    resourceOf: (eventType) => ofType.get(eventType),
    mirroredBy: (eventType) => mirroredOfType.get(eventType),
    mirroredNamed: (name) => byName.get(name),
  }
}

function switchedOn(resource: Resource, setting: CatalogSettings[string]): MirroredResource | undefined {
  const isOn = typeof setting === 'boolean' ? setting : setting !== undefined || resource.byDefault === 'on'
  if (!isOn) return undefined
  const { onDelete = 'erase' } = typeof setting === 'object' ? setting : {}
  return { ...resource, onDelete }
}

const omitted = (setting: CatalogSettings[string]): readonly string[] =>
  typeof setting === 'object' ? (setting.omit ?? []) : []

const byEventType = <Known extends Resource>(resources: readonly Known[]): ReadonlyMap<string, Known> =>
  new Map(resources.flatMap((resource) => Object.keys(resource.events).map((type) => [type, resource] as const)))
