import { type Catalog, type CatalogSettings, createCatalog } from '@rollcall/resources/catalog'
import type { Resource } from '@rollcall/resources/define-resource'
import { resources } from '@rollcall/resources/registry'

/** Every resource switched on, those that are off by default included; with settings for some of them, if given. */
export function everything(settings: CatalogSettings = {}, all: readonly Resource[] = resources): Catalog {
  const on = Object.fromEntries(all.map(({ name }) => [name, true]))
  return createCatalog(all, { ...on, ...settings })
}

/** What is kept of events, unless a test says otherwise: everything mirrored, no handlers, no bodies but needed ones. */
export const keepingOf = (catalog: Catalog) => ({ catalog, bodies: 'needed' as const, handledTypes: new Set<string>() })
