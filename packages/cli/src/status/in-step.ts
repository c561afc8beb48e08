import { loadSettings } from '@rollcall/config/load-settings'
import { countUsers } from '@rollcall/mirror/count-users'
import type { Mirror } from '@rollcall/mirror/database'
import { lastWebhookAt } from '@rollcall/mirror/last-webhook'
import { type LastBackfill, type LastReconcile, lastBackfill, lastReconcile } from '@rollcall/mirror/sync-runs'
import { loadConfig } from '@rollcall/shared/config'
import { PipelineError } from '@rollcall/shared/errors'
import { variables } from '@rollcall/shared/variables'
import { lookAtClerk } from '../ask-clerk.ts'
import { ClerkConfig } from '../clerk-config.ts'
import type { Terminal } from '../command.ts'
import { formatDuration } from '../duration.ts'

/** What tells whether the mirror is still in step with Clerk. */
export interface InStep {
  readonly lastWebhookAt: Date | null
  /** Null without a key, and where users are not mirrored. */
  readonly users: { readonly mirror: number; readonly clerk: number } | { readonly error: string } | null
  readonly lastReconcile: LastReconcile | null
  readonly lastBackfill: LastBackfill | null
}

/** The key with which the mirror can be compared to Clerk. */
interface Comparison {
  readonly config: ClerkConfig
  readonly secretKey: string
}

/** Nothing without a key, and where there are no users to compare. Throws a `ConfigError`. */
export async function configureComparison({ environment, folder }: Terminal): Promise<Comparison | undefined> {
  const config = loadConfig({ ...ClerkConfig, ROLLCALL_CONFIG: variables.ROLLCALL_CONFIG }, environment)
  const secretKey = config.CLERK_SECRET_KEY
  if (secretKey === undefined) return undefined
  const { catalog } = await loadSettings(config.ROLLCALL_CONFIG, folder)
  return catalog.mirroredNamed('user') ? { config, secretKey } : undefined
}

export async function readInStep(mirror: Mirror, comparison: Comparison | undefined): Promise<InStep> {
  return {
    lastWebhookAt: (await lastWebhookAt(mirror.db)) ?? null,
    users: comparison ? await countOnBothSides(mirror, comparison) : null,
    lastReconcile: await lastReconcile(mirror.db),
    lastBackfill: await lastBackfill(mirror.db),
  }
}

/** A Clerk that is away is said, and keeps nobody from seeing the rest. */
async function countOnBothSides({ db, schema }: Mirror, { config, secretKey }: Comparison): Promise<InStep['users']> {
  try {
    const clerk = await lookAtClerk(config, secretKey)
    return { mirror: await countUsers(db, schema, clerk.instanceId), clerk: clerk.users }
  } catch (error) {
    if (error instanceof PipelineError) return { error: error.message }
    throw error
  }
}

/** A row for each thing that there is something to say of. */
export function describeInStep(state: InStep, now: number): readonly (readonly string[])[] {
  const ago = (at: Date) => `${formatDuration(now - at.getTime())} ago`
  return [
    ['last webhook', state.lastWebhookAt ? ago(state.lastWebhookAt) : 'none yet'],
    ...(state.users ? [['users', describeUsers(state.users)]] : []),
    ...(state.lastReconcile
      ? [['last reconcile', `${ago(state.lastReconcile.finishedAt)}, ${describeReconcile(state.lastReconcile)}`]]
      : []),
    ...(state.lastBackfill ? [['last backfill', describeBackfill(state.lastBackfill, ago)]] : []),
  ]
}

const describeUsers = (users: NonNullable<InStep['users']>): string =>
  'error' in users ? users.error : `${users.mirror} here, ${users.clerk} at Clerk`

function describeReconcile({ outcome, driftedRows, mendedRows, error }: LastReconcile): string {
  switch (outcome) {
    case 'agreed':
      return 'nothing differed'
    case 'drifted':
      return `a dry run, rows that differed: ${driftedRows}`
    case 'mended':
      return `rows that differed: ${driftedRows}, mended: ${mendedRows}`
    case 'failed':
      return `failed: ${error}`
  }
}

const describeBackfill = ({ finishedAt, updatedAt }: LastBackfill, ago: (at: Date) => string): string =>
  finishedAt ? `finished ${ago(finishedAt)}` : `not finished, its last page was written ${ago(updatedAt)}`
