import { ConnectionProblem } from '@rollcall/shared/connection-problem'
import { passed } from '@rollcall/shared/readiness'
import { expect, onTestFinished, test, vi } from 'vitest'
import { watchConnection } from './connection-watch.ts'

const never = () => new Promise<never>(() => {})
const problem = new ConnectionProblem('NOAUTH', 'Redis asks for a password.')

test('[Q24] a check that waits is answered by the problem that comes, and no other error is an answer', async () => {
  const seen: Error[] = []
  const watch = watchConnection((error) => seen.push(error))
  const checked = watch.check(never())
  watch.onError(new Error('refused'))
  watch.onError(problem)
  await expect(checked).rejects.toBe(problem)
  expect(seen).toEqual([new Error('refused'), problem])
})

test('[Q24] a problem that is known gives way to an answer that comes within a second, and is forgotten', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  onTestFinished(() => void vi.useRealTimers())
  const watch = watchConnection(() => undefined)
  watch.onError(problem)
  const away = watch.check(never())
  vi.advanceTimersByTime(1_000)
  await expect(away).rejects.toBe(problem)

  expect(await watch.check(Promise.resolve(passed('answers')))).toEqual(passed('answers'))
  const slow = watch.check(new Promise((resolve) => setTimeout(resolve, 1_500, passed('slow'))))
  vi.advanceTimersByTime(1_500)
  expect(await slow).toEqual(passed('slow'))
})

test('[Q24] an answer that is an error is told as the problem that it means', async () => {
  const refused = Object.assign(new Error('NOAUTH Authentication required.'), { name: 'ReplyError' })
  const watch = watchConnection(() => undefined)
  await expect(watch.check(Promise.reject(refused))).rejects.toMatchObject({
    name: 'ConnectionProblem',
    code: 'NOAUTH',
  })
  const other = new Error('Connection is closed.')
  await expect(watch.check(Promise.reject(other))).rejects.toBe(other)
})
