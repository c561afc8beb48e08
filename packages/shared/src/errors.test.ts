import { expect, test } from 'vitest'
import { type Disposition, type ErrorCode, PipelineError, toPipelineError } from './errors.ts'

/** Every code. A new one does not compile until it is decided what it does. */
const dispositions: Record<ErrorCode, Disposition> = {
  payload_invalid: 'fail',
  row_rejected: 'fail',
  queue_unavailable: 'retry',
  queue_full: 'retry',
  job_unreadable: 'attempt',
  clerk_unavailable: 'retry',
  clerk_refused: 'halt',
  instance_refused: 'halt',
  run_under_way: 'retry',
  database_unavailable: 'retry',
  database_busy: 'retry',
  schema_mismatch: 'halt',
  permission_denied: 'halt',
  session_needed: 'halt',
  unexpected: 'attempt',
}

test.each(Object.entries(dispositions))('[F1] %s: %s', (code, disposition) => {
  expect(new PipelineError(code as ErrorCode, '').disposition).toBe(disposition)
})

test('[F1] what nobody understands is unexpected, whatever was thrown, and what is understood stays what it is', () => {
  const cause = new TypeError('x is not a function')
  expect(toPipelineError(cause)).toMatchObject({ code: 'unexpected', message: 'x is not a function', cause })
  expect(toPipelineError('a text')).toMatchObject({ code: 'unexpected', message: 'a text' })
  const known = new PipelineError('queue_full', 'no room')
  expect(toPipelineError(known)).toBe(known)
})
