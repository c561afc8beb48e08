import { expect, test } from 'vitest'
import { until } from './wait.ts'

test('returns the first answer that is truthy', async () => {
  let asked = 0
  expect(await until(() => ++asked >= 3 && asked, { timeoutMs: 20_000, what: 'the third question' })).toBe(3)
})

test('says what did not come true and what was seen last', async () => {
  const never = until(() => undefined, { timeoutMs: 50, what: 'the row is there' })
  await expect(never).rejects.toThrow('Not within 50 ms: the row is there. Last seen: undefined.')

  const refused = new Error('connection refused')
  const failing = until(() => Promise.reject(refused), { timeoutMs: 50, what: 'it answers' })
  await expect(failing).rejects.toMatchObject({
    message: expect.stringContaining('connection refused'),
    cause: refused,
  })

  const stuck = until(() => new Promise(() => {}), { timeoutMs: 50, what: 'it answers' })
  await expect(stuck).rejects.toThrow('Not within 50 ms: it answers.')
})
