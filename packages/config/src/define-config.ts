import type { Deletion } from '@rollcall/resources/catalog'
import type { EventType } from '@rollcall/resources/event-types'
import type { Handler } from './handler.ts'
import type { FieldOf, KnownResource, ResourceName, ResourceNamed } from './known-resources.ts'

/** How one resource is mirrored. */
export interface ResourceConfig<Known extends KnownResource = KnownResource> {
  /** Fields of what Clerk sends that are kept nowhere: in no column, not in `data`, not in a body in the ledger. */
  readonly omit?: readonly FieldOf<Known>[]
  /**
   * What a deletion leaves of a row: `erase`, the default, nothing but its id; `keep`, its last values. Either way the
   * row stays, with `deleted_at`, so that foreign keys to it hold.
   */
  readonly onDelete?: Deletion
}

/** How long what is not mirrored rows is kept. */
export interface RetentionConfig {
  /**
   * Days after which an event leaves the ledger; 90 unless given, for that long may Svix deliver it again, and the ledger
   * is what remembers that it was applied.
   */
  readonly eventDays?: number
  /** Days after which a kept body is dropped from the ledger; as long as the event, unless given. */
  readonly bodyDays?: number
}

/** When the worker compares the mirror with Clerk, and mends what webhooks lost. It needs `CLERK_SECRET_KEY`. */
export interface ReconcileConfig {
  /** In cron's notation: `0 4 * * *` is each day at four. */
  readonly schedule: string
  /** In which the schedule is meant, `Europe/Berlin`; UTC unless given. */
  readonly timezone?: string
}

/** What `rollcall.config.ts` exports as its default. Everything in it is optional. */
export interface RollcallConfig {
  /** Which resources are mirrored: `true`, `false`, or how. Sessions, emails and SMS messages are off unless switched on. */
  readonly resources?: { readonly [Name in ResourceName]?: boolean | ResourceConfig<ResourceNamed<Name>> }
  /** Run once for each event of a type, after its row is committed. */
  readonly handlers?: { readonly [Type in EventType]?: Handler<Type> }
  /** `needed`, the default, keeps bodies that may be needed in the ledger; `all` also those of applied and stale events. `EVENT_BODIES` wins. */
  readonly eventBodies?: 'needed' | 'all'
  readonly retention?: RetentionConfig
  readonly reconcile?: ReconcileConfig
}

/** Nothing but a name for the editor to complete and the compiler to check. */
export const defineConfig = (config: RollcallConfig): RollcallConfig => config
