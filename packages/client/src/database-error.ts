import { fromPostgres } from '@rollcall/mirror/postgres-errors'
import type { ErrorCode } from '@rollcall/shared/errors'
import { RollcallError, type RollcallErrorCode } from './rollcall-error.ts'

/** By the pipeline's code: the client's, and what it tells an app's developer. What is not here is `unexpected`. */
const MEANINGS: Partial<Record<ErrorCode, readonly [code: RollcallErrorCode, sentence: string]>> = {
  database_unavailable: [
    'database_unavailable',
    'Postgres cannot be asked. Try again later; look whether it runs, and takes writes, at the address that `database` tells.',
  ],
  database_busy: ['database_unavailable', 'Postgres gave up for the sake of other work. Try again.'],
  schema_mismatch: [
    'schema_mismatch',
    'The mirror is not as this version knows it. Run `rollcall migrate`, and look whether `database` and `schema` name where it lives.',
  ],
  permission_denied: [
    'permission_denied',
    "The role of `database` may not do that. It needs `usage` on the mirror's schema, and `select`, `insert` and `update` on its tables.",
  ],
  row_rejected: ['row_rejected', 'Postgres refuses the row for what Clerk says. Please report this.'],
}

const UNEXPECTED = ['unexpected', 'The mirror failed in a way that nobody foresaw. The cause is beside this.'] as const

/** A failure of the mirror's, as the client tells it: apart by its code alone, for Postgres's own text may quote a row. */
export function databaseError(thrown: unknown): RollcallError {
  if (thrown instanceof RollcallError) return thrown
  const [code, sentence] = MEANINGS[fromPostgres(thrown).code] ?? UNEXPECTED
  const { code: detail } = thrown as { code?: unknown }
  return new RollcallError(code, typeof detail === 'string' ? `${sentence} (${detail})` : sentence, { cause: thrown })
}
