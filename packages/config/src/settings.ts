import type { Catalog } from '@rollcall/resources/catalog'
import type { Handler } from './handler.ts'

/** How long what is not mirrored rows is kept, in days. */
export interface Retention {
  readonly eventDays: number
  readonly bodyDays: number
}

/** When the worker compares the mirror with Clerk by itself. */
export interface ReconcileSettings {
  /** In cron's notation. */
  readonly schedule: string
  readonly timezone: string
}

/** `rollcall.config.ts`, checked, and with what it does not say filled in. */
export interface Settings {
  readonly catalog: Catalog
  /** By event type. */
  readonly handlers: ReadonlyMap<string, Handler>
  /** Nothing where it is left to the environment and the default. */
  readonly eventBodies: 'needed' | 'all' | undefined
  readonly retention: Retention
  /** Nothing where it is left to who calls `rollcall reconcile`. */
  readonly reconcile: ReconcileSettings | undefined
}
