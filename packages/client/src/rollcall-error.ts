import type { ErrorCode } from '@rollcall/shared/errors'

/** What the client shares with the pipeline: the words mean the same in both. */
type SharedCode = Extract<
  ErrorCode,
  | 'clerk_unavailable'
  | 'clerk_refused'
  | 'database_unavailable'
  | 'schema_mismatch'
  | 'permission_denied'
  | 'row_rejected'
  | 'unexpected'
>

/** Why a call has no row to answer. */
export type RollcallErrorCode =
  | 'config_invalid'
  | 'id_invalid'
  | 'not_mirrored'
  | 'closed'
  | 'user_deleted'
  | 'user_not_found'
  | 'organization_deleted'
  | 'organization_not_found'
  | SharedCode

/**
 * The only error that the client throws [N4]. Its message says what happened and what to do, and holds no secret and
 * nothing of what Clerk or the mirror know of anybody but the id that was asked for.
 */
export class RollcallError extends Error {
  override readonly name = 'RollcallError'
  readonly code: RollcallErrorCode
  /** How long Clerk asked everybody to wait, where it did. */
  readonly retryAfterSeconds: number | undefined

  constructor(code: RollcallErrorCode, message: string, options: ErrorOptions & { retryAfterSeconds?: number } = {}) {
    super(message, options)
    this.code = code
    this.retryAfterSeconds = options.retryAfterSeconds
  }
}
