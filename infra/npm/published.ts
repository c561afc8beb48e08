/** A package of the workspace that apps install from npm. */
export interface Published {
  /** Its folder in `packages/`. */
  readonly folder: string
  readonly description: string
  /** The file of `src` that apps import by the package's name. */
  readonly entry: string
  /** Folders that the code reads beside itself, in `packages/`. */
  readonly assets: readonly string[]
  /** Packages that are needed without being imported: whose types are in ours, or that another package looks for. */
  readonly alsoNeeded: readonly string[]
}

export const PUBLISHED: readonly Published[] = [
  {
    folder: 'client',
    description: 'A row of a Clerk mirror in Postgres, the moment your app needs it.',
    entry: 'client',
    assets: [],
    alsoNeeded: ['@types/pg'],
  },
  {
    folder: 'receiver',
    description: "Takes Clerk's webhooks within your app, and puts them on Rollcall's durable queue.",
    entry: 'webhooks',
    assets: ['queue/src/body-dictionary'],
    alsoNeeded: ['pg'], // by BullMQ, where the queue is in Postgres
  },
]
