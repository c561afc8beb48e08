import { type ErrorCode, PipelineError } from '@rollcall/shared/errors'
import { expect, test } from 'vitest'
import { CommandError, UsageError } from './command.ts'
import { explainFailure } from './explain-failure.ts'

/** What a command does not foresee is told by `rollcall` itself. */
const FORESEEN: Readonly<Record<Exclude<ErrorCode, 'unexpected'>, true>> = {
  payload_invalid: true,
  row_rejected: true,
  queue_unavailable: true,
  queue_full: true,
  job_unreadable: true,
  clerk_unavailable: true,
  clerk_refused: true,
  instance_refused: true,
  run_under_way: true,
  database_unavailable: true,
  database_busy: true,
  schema_mismatch: true,
  permission_denied: true,
  session_needed: true,
}

test.each(Object.keys(FORESEEN) as (keyof typeof FORESEEN)[])(
  '[C24] %s is told as what happened and what to do, with the reason',
  (code) => {
    const explained = explainFailure(new PipelineError(code, 'The reason is this. Mend that.'))
    expect(explained).toBeInstanceOf(CommandError)
    expect(explained.message).toMatch(/^[A-Z].+[.?] .+[.?]/)
    expect(explained.message).toMatch(/The reason is this\. Mend that\.$/)
  },
)

test('[C24] what is explained already, and what nobody foresaw, stays as it is', () => {
  for (const error of [new UsageError('Say which.'), new CommandError('It broke.', 'Mend it.')]) {
    expect(explainFailure(error)).toBe(error)
  }
  const unforeseen = new TypeError('x is not a function')
  expect(explainFailure(unforeseen)).toMatchObject({ code: 'unexpected', cause: unforeseen })
})
