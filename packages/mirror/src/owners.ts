import type { Catalog, MirroredResource } from '@rollcall/resources/catalog'
import type { Resource } from '@rollcall/resources/define-resource'
import { PERSON } from '@rollcall/resources/references'

/** The mirrored resources that others go with, or tell of: where those are not mirrored, nobody knows when one is deleted. */
export function ownersIn(catalog: Catalog): readonly MirroredResource[] {
  const names = new Set(catalog.mirrored.flatMap(ownerNames))
  return catalog.mirrored.filter((resource) => names.has(resource.name))
}

const ownerNames = (resource: Resource): readonly string[] => [
  ...Object.values(resource.owners).map((owner) => owner.resource),
  ...(Object.keys(resource.personal).length > 0 ? [PERSON] : []),
]
