import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { sql, type Transaction } from 'kysely'
import { DatabaseError } from 'pg'
import type { Mirror } from './database.ts'
import type { Migration } from './migrations.ts'
import { appliedMigrations } from './schema-state.ts'
import type { MirrorTables } from './tables.ts'

export class MigrationError extends Error {
  override readonly name = 'MigrationError'
}

/**
 * How long a migration waits for a lock at a time. Whoever wants the table meanwhile, to read or to write it, queues up behind
 * it, however long the transaction takes for which it waits itself: a report, a backup, somebody's open session [O37].
 */
const LOCK_MS = 2_000

/** So that what has queued up is done before it tries again. */
const LET_PASS_MS = 1_000

/** As long as deployments wait for such a thing; what is longer than that has to be ended by a person. */
const PATIENCE_MS = 300_000

const LOCK_NOT_AVAILABLE = '55P03'

/**
 * Brings the schema up to date and answers the ids that it applied. Each migration runs in a transaction of its own
 * that also records it; the first that fails changes nothing and stops the rest [M2]. Several callers take turns
 * behind an advisory lock, and the later ones find nothing left to do [M3].
 */
export async function migrate(
  mirror: Mirror,
  migrations: readonly Migration[],
  patienceMs = PATIENCE_MS,
): Promise<readonly string[]> {
  await inLockedTransaction(mirror, (transaction) => createHistory(transaction, mirror.schema))
  const applied: string[] = []
  for (const migration of migrations) {
    const isNew = await lettingOthersPass(patienceMs, () =>
      inLockedTransaction(mirror, (transaction) => applyMigration(transaction, mirror.schema, migration)),
    )
    if (isNew) applied.push(migration.id)
  }
  return applied
}

/** Tries again where a lock was not to be had, with pauses in which others have their turn. */
async function lettingOthersPass<Result>(patienceMs: number, attempt: () => Promise<Result>): Promise<Result> {
  const giveUpAt = performance.now() + patienceMs
  for (;;) {
    try {
      return await attempt()
    } catch (error) {
      if (!isLockTimeout(error) || performance.now() > giveUpAt) throw error
    }
    await sleep(LET_PASS_MS)
  }
}

const isLockTimeout = (error: unknown): boolean =>
  error instanceof MigrationError && error.cause instanceof DatabaseError && error.cause.code === LOCK_NOT_AVAILABLE

/**
 * The lock is the transaction's own, so a process that dies lets go of it. It is taken anew for every migration: what
 * another process applied in between is seen and skipped.
 */
function inLockedTransaction<Result>(
  mirror: Mirror,
  work: (transaction: Transaction<MirrorTables>) => Promise<Result>,
): Promise<Result> {
  return mirror.db.transaction().execute(async (transaction) => {
    await sql`select pg_advisory_xact_lock(${lockKey(mirror.schema)})`.execute(transaction)
    return work(transaction)
  })
}

/** A lock for each schema: 64 bits of the hash of its name, behind a prefix that is ours. */
const lockKey = (schema: string): bigint =>
  createHash('sha256').update(`rollcall migrate ${schema}`).digest().readBigInt64BE()

async function createHistory(transaction: Transaction<MirrorTables>, schema: string): Promise<void> {
  // Not `create … if not exists` alone: that needs the permission to create even where nothing is to be created [I45].
  const { rows } = await sql<{ hasSchema: boolean; hasHistory: boolean }>`
    select
      to_regnamespace(${`"${schema}"`}) is not null as "hasSchema",
      to_regclass(${`"${schema}".migrations`}) is not null as "hasHistory"`.execute(transaction)
  if (rows[0]?.hasHistory) return
  if (!rows[0]?.hasSchema) await sql`create schema if not exists ${sql.id(schema)}`.execute(transaction)
  await sql`
    create table ${sql.id(schema, 'migrations')} (
      id         text        primary key,
      checksum   text        not null,
      applied_at timestamptz not null default now()
    )`.execute(transaction)
}

async function applyMigration(
  transaction: Transaction<MirrorTables>,
  schema: string,
  { id, checksum, sql: text }: Migration,
): Promise<boolean> {
  const recorded = (await appliedMigrations(transaction)).get(id)
  if (recorded === checksum) return false
  if (recorded !== undefined) {
    throw new MigrationError(
      `Migration ${id} is not the one that schema ${schema} was migrated with. Nothing was changed. ` +
        'Restore its file: what was applied must not be edited; a change is a new migration.',
    )
  }
  try {
    // Migrations name their tables without a schema, which DATABASE_SCHEMA decides.
    await sql`set local search_path to ${sql.id(schema)}`.execute(transaction)
    await sql`set local lock_timeout to ${sql.lit(LOCK_MS)}`.execute(transaction)
    await sql.raw(text).execute(transaction)
    await transaction.insertInto('migrations').values({ id, checksum }).execute()
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new MigrationError(`Migration ${id} failed and changed nothing: ${reason}. Mend this, then migrate again.`, {
      cause,
    })
  }
  return true
}
