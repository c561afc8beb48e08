import { type ErrorCode, PipelineError } from '@rollcall/shared/errors'
import { tlsProblem } from '@rollcall/shared/tls-errors'
import { DatabaseError } from 'pg'

/** SQLSTATEs that mean something else than the rest of their class. */
const BY_SQLSTATE: Readonly<Record<string, ErrorCode>> = {
  '42501': 'permission_denied', // insufficient_privilege
  '25006': 'database_unavailable', // read_only_sql_transaction: a standby, or a failover on its way
  '25P03': 'database_unavailable', // idle_in_transaction_session_timeout: we stood still, and lost the connection
  '25P04': 'database_unavailable', // transaction_timeout
}

/** SQLSTATE class (its first two characters) to what it means for us [F2]. */
const BY_SQLSTATE_CLASS: Readonly<Record<string, ErrorCode>> = {
  '08': 'database_unavailable', // connection lost
  '53': 'database_unavailable', // out of memory, disk or connections
  '57': 'database_unavailable', // shutting down, starting up, query cancelled
  '58': 'database_unavailable', // the system below Postgres failed
  '40': 'database_busy', // deadlock, serialization failure
  '55': 'database_busy', // lock not available
  '22': 'row_rejected', // value out of range, bad encoding
  '23': 'row_rejected', // constraint violated
  '54': 'row_rejected', // too long for an index, nested too deeply
  '28': 'permission_denied', // wrong password, no such role
  '3D': 'schema_mismatch', // no such database
  '3F': 'schema_mismatch', // no such schema
  '42': 'schema_mismatch', // no such table or column
}

/**
 * A failed query as a PipelineError. Where the server gave no verdict (pg throws plain errors for a refused or broken
 * connection), it could not be reached, unless the mistake is ours.
 */
export function fromPostgres(thrown: unknown): PipelineError {
  if (thrown instanceof PipelineError) return thrown
  const cause = thrown instanceof Error ? thrown : new Error(String(thrown))
  return new PipelineError(codeOf(cause), tlsProblem(cause, 'DATABASE_URL') ?? cause.message, { cause })
}

function codeOf(error: Error): ErrorCode {
  if (error instanceof DatabaseError) {
    const sqlState = error.code ?? ''
    return BY_SQLSTATE[sqlState] ?? BY_SQLSTATE_CLASS[sqlState.slice(0, 2)] ?? 'unexpected'
  }
  const isOurMistake = error instanceof TypeError || error instanceof RangeError || error instanceof ReferenceError
  return isOurMistake ? 'unexpected' : 'database_unavailable'
}
