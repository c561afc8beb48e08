import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { ConnectionProblem } from './connection-problem.ts'
import { failed, passed, readiness, warned } from './readiness.ts'

describe('readiness', () => {
  test('[R8] is there while every check passes or warns, and says what each found', async () => {
    expect(await readiness({ queue: () => warned('appendonly no'), database: async () => passed('answers') })).toEqual({
      ready: true,
      checks: {
        queue: { status: 'warned', message: 'appendonly no' },
        database: { status: 'passed', message: 'answers' },
      },
    })
    expect(await readiness({})).toEqual({ ready: true, checks: {} })
  })

  const unready = {
    'says so': [() => failed('away'), 'away'],
    throws: [
      () => {
        throw new Error('broken')
      },
      'it does not answer',
    ],
    'rejects, of which it tells the code and no address': [
      () => Promise.reject(Object.assign(new Error('connect ECONNREFUSED 10.0.0.5:6379'), { code: 'ECONNREFUSED' })),
      'it does not answer: ECONNREFUSED',
    ],
    'rejects with a reason that anybody may read': [
      () => Promise.reject(new ConnectionProblem('NOAUTH', 'Redis asks for a password.')),
      'Redis asks for a password.',
    ],
    'rejects with no error': [() => Promise.reject('refused'), 'it does not answer'],
  } as const
  test.each(Object.entries(unready))('[R8] is gone once one check %s', async (_, [check, message]) => {
    expect(await readiness({ queue: check, database: () => passed('answers') })).toEqual({
      ready: false,
      checks: { queue: { status: 'failed', message }, database: { status: 'passed', message: 'answers' } },
    })
  })

  test('[R8] asks all at the same time, and takes silence of 2 s for a failure', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    onTestFinished(() => void vi.useRealTimers())
    const never = () => new Promise<never>(() => {})

    const state = readiness({ first: never, second: never, third: () => passed('answers') })
    vi.advanceTimersByTime(2_000)

    expect(await state).toMatchObject({
      ready: false,
      checks: { first: { status: 'failed' }, second: { status: 'failed' }, third: { status: 'passed' } },
    })
  })
})
