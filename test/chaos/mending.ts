import { isDeepStrictEqual } from 'node:util'
import type { JsonObject } from '@rollcall/shared/json'
import { startBackendApi } from '@rollcall/testkit/clerk/backend-api'
import type { ClerkInstance } from '@rollcall/testkit/clerk/instance'
import { rollcall } from '../rollcall.ts'
import { COLUMNS, columnsOf, type Table } from './expected-row.ts'
import type { Oracle } from './oracle.ts'
import type { WrongRow } from './verdict.ts'

/** What `rollcall reconcile` says that it found and did. */
export interface Reconciled {
  readonly outcome: string
  readonly driftedRows: number
  readonly mendedRows: number
}

/** Runs the command against a Backend API that serves what is at Clerk now. */
export async function reconcileWith(
  instance: ClerkInstance,
  folder: string,
  variables: Readonly<Record<string, string>>,
  words: readonly string[] = [],
): Promise<Reconciled> {
  await using clerk = await startBackendApi(instance)
  const { code, stdout, stderr } = await rollcall(folder, ['reconcile', '--json', ...words], {
    ...variables,
    CLERK_SECRET_KEY: clerk.secretKey,
    CLERK_API_URL: clerk.url,
  })
  if (code === null || code > 1 || stdout === '') throw new Error(`rollcall reconcile ended with ${code}: ${stderr}`)
  return JSON.parse(stdout) as Reconciled
}

/** Whether a lost message explains that a row is wrong: one about the row itself, or about an owner that it should have gone with. */
export function isExplainedByLoss({ id, expected }: WrongRow, lost: readonly string[], oracle: Oracle): boolean {
  const entities = new Set(lost.map((messageId) => oracle.entityOf(messageId).id))
  const owners = (expected?.deleted_with ?? []) as readonly string[]
  return [id, ...owners].some((each) => entities.has(each))
}

/**
 * Whether a row is what Clerk itself can tell: as it is there now, or deleted, or absent where it is no more. Columns that
 * move without an event need not be as the list shows them.
 */
export function isAsAtClerk({ table, id, expected, found }: WrongRow, instance: ClerkInstance): boolean {
  const present = collectionOf(instance, table).get(id)
  if (!present) {
    const gone = columnsOf(table, undefined)
    return !found || (expected !== undefined && found.deleted_at !== null && holds(found, gone, Object.keys(gone)))
  }
  const told = Object.keys(COLUMNS[table]).filter((name) => !UNTOLD.includes(name))
  return (
    found !== undefined &&
    found.deleted_at === null &&
    found.version === present.updated_at &&
    holds(found, columnsOf(table, present), told)
  )
}

const UNTOLD = ['members_count', 'pending_invitations_count', 'public_user_data', 'last_active_at']

const holds = (row: JsonObject, columns: JsonObject, names: readonly string[]): boolean =>
  names.every((name) => isDeepStrictEqual(row[name], columns[name]))

const collectionOf = (instance: ClerkInstance, table: Table) =>
  ({
    users: instance.users,
    organizations: instance.organizations,
    organization_memberships: instance.memberships,
  })[table]
