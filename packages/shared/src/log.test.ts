import { captureLog } from '@rollcall/testkit/captured-log'
import { describe, expect, test } from 'vitest'
import { PipelineError } from './errors.ts'

describe('createLog', () => {
  test('[L1] a line is JSON with its time, its level in words, its process and its name', () => {
    const { log, text } = captureLog()
    log.info({ messageId: 'msg_1' }, 'event.settled')

    expect(JSON.parse(text())).toEqual({
      level: 'info',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      process: 'test',
      messageId: 'msg_1',
      msg: 'event.settled',
    })
  })

  test('[L2] of an error only what tells it apart is written, down to its cause: neither parameters nor stack', () => {
    const { log, lines, text } = captureLog()
    const cause = Object.assign(new Error('duplicate key'), {
      code: '23505',
      detail: 'ada@example.com',
      stack: 'where',
    })
    log.error({ error: new PipelineError('row_rejected', 'refused', { cause }) }, 'event.failed')

    expect(lines('event.failed')[0]?.error).toEqual({
      type: 'PipelineError',
      code: 'row_rejected',
      message: 'refused',
      cause: { type: 'Error', code: '23505', message: 'duplicate key' },
    })
    expect(text()).not.toContain('ada@example.com')
  })

  test('[L2] what was thrown and is no error is written as it is', () => {
    const { log, lines } = captureLog()
    log.error({ error: 'away' }, 'queue.errored')
    expect(lines('queue.errored')[0]?.error).toBe('away')
  })
})
