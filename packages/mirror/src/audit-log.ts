import type { Json, JsonObject } from '@rollcall/shared/json'
import type { Kysely } from 'kysely'
import type { AuditedAction, MirrorTables } from './tables.ts'

/** Something that somebody did to the running pipeline. */
export interface Action {
  readonly actor: string
  readonly action: AuditedAction
  readonly selection: JsonObject
  readonly result: JsonObject
}

export interface LoggedAction extends Action {
  readonly at: Date
}

export async function recordAction(db: Kysely<MirrorTables>, action: Action): Promise<void> {
  await db
    .insertInto('audit_log')
    .values({ ...action, selection: JSON.stringify(action.selection), result: JSON.stringify(action.result) })
    .execute()
}

/** What was done last, newest first. */
export async function listActions(db: Kysely<MirrorTables>, limit: number): Promise<readonly LoggedAction[]> {
  const rows = await db
    .selectFrom('audit_log')
    .select(['at', 'actor', 'action', 'selection', 'result'])
    .orderBy('id', 'desc')
    .limit(limit)
    .execute()
  return rows.map((row) => ({ ...row, selection: asObject(row.selection), result: asObject(row.result) }))
}

/** The columns hold nothing else. */
const asObject = (value: unknown): JsonObject => value as Json as JsonObject
