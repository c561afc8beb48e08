import { captureLog } from '@rollcall/testkit/captured-log'
import { describe, expect, test } from 'vitest'
import { PipelineError } from './errors.ts'
import { LOG_EVENTS, type LogEvent } from './log-events.ts'

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
    log.error({ error: new PipelineError('row_rejected', 'refused', { cause }) }, 'request.failed')

    expect(lines('request.failed')[0]?.error).toEqual({
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

  test('[L2] a message that may quote an event is not written, nor where another error repeats it', () => {
    const { log, text, lines } = captureLog()
    const fromPostgres = (code: string, routine: string) =>
      Object.assign(new Error('not a number: ada@example.com'), { severity: 'ERROR', code, routine })
    const quoting = [
      fromPostgres('22P02', 'pg_strtoint32'),
      fromPostgres('42501', 'exec_stmt_raise'),
      fromPostgres('P0001', ''),
    ]
    for (const cause of quoting) {
      log.error({ error: cause }, 'database.errored')
      log.error({ error: new PipelineError('row_rejected', cause.message, { cause }) }, 'database.errored')
    }
    log.error({ error: new SyntaxError('Unexpected token "ada@example.com"') }, 'database.errored')
    expect(text()).not.toContain('ada@example.com')
    expect(lines('database.errored')[1]?.error).toEqual({
      type: 'PipelineError',
      code: 'row_rejected',
      cause: { type: 'Error', code: '22P02' },
    })

    const naming = Object.assign(new Error('permission denied for table users'), { severity: 'ERROR', code: '42501' })
    log.error({ error: naming }, 'database.errored')
    expect(lines('database.errored').at(-1)?.error).toMatchObject({ message: 'permission denied for table users' })
  })

  test('[L8] names and fields that are not documented do not compile', () => {
    const { log } = captureLog()
    // @ts-expect-error a name that is not documented
    log.info({}, 'event.invented')
    // @ts-expect-error a field that is not documented of this name
    log.info({ body: '{}' }, 'event.settled')
    // @ts-expect-error without a name
    log.info('event.settled')
  })

  test.each(Object.entries<LogEvent>(LOG_EVENTS))('[L8] %s is explained in a sentence', (name, { meaning, fields }) => {
    expect(name).toMatch(/^[a-z]+\.[a-z]+$/)
    expect(meaning).toMatch(/^[A-Z].*\.$/s)
    for (const told of Object.values(fields)) expect(told).not.toBe('')
  })
})
