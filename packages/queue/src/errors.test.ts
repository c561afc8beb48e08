import { describe, expect, test } from 'vitest'
import { fromQueue } from './errors.ts'

const replyError = (message: string) => Object.assign(new Error(message), { name: 'ReplyError' })
const coded = (code: string) => Object.assign(new Error('refused'), { code })

describe('fromQueue', () => {
  const full = {
    "Redis's memory": replyError("OOM command not allowed when used memory > 'maxmemory'."),
    "Postgres's disk": coded('53100'),
    "Postgres's memory": coded('53200'),
  }
  test.each(Object.entries(full))('[R3] %s being full is queue_full', (_, cause) => {
    expect(fromQueue(cause)).toMatchObject({ code: 'queue_full', disposition: 'retry', cause })
  })

  const away = {
    'a Redis that is loading': replyError('LOADING Redis is loading the dataset in memory'),
    'a replica': replyError("READONLY You can't write against a read only replica."),
    'a message that only speaks of OOM': new Error('OOM'),
    'a refused connection': coded('ECONNREFUSED'),
    'too many connections': coded('53300'),
    'a deadlock': coded('40P01'),
    'an error without a code': new Error('Connection is closed.'),
  }
  test.each(Object.entries(away))('[R3] %s is queue_unavailable', (_, cause) => {
    expect(fromQueue(cause)).toMatchObject({ code: 'queue_unavailable', disposition: 'retry', cause })
  })

  test('[R3] so is anything thrown that is no error', () => {
    for (const thrown of [undefined, null, 'away', { message: 'away' }]) {
      expect(fromQueue(thrown).code).toBe('queue_unavailable')
    }
  })

  test('[L2] what the queue says stays in the cause, where the log cuts it', () => {
    expect(fromQueue(new Error('ada@example.com')).message).not.toContain('ada@example.com')
  })
})
