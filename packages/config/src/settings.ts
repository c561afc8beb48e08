import type { Catalog } from '@rollcall/resources/catalog'
import type { Handler } from './handler.ts'

/** How long what is not mirrored rows is kept, in days. */
export interface Retention {
  readonly eventDays: number
  readonly bodyDays: number
}

/** `rollcall.config.ts`, checked, and with what it does not say filled in. */
export interface Settings {
  readonly catalog: Catalog
  /** By event type. */
  readonly handlers: ReadonlyMap<string, Handler>
  /** Nothing where it is left to the environment and the default. */
  readonly eventBodies: 'needed' | 'all' | undefined
  readonly retention: Retention
}
