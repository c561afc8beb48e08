import { expect, test } from 'vitest'
import { repeat } from './repeat.ts'

test('[P2] work is done again after the time that it asks for, also after it has failed, and until told to stop', async () => {
  const stop = new AbortController()
  const errors: string[] = []
  let times = 0
  const work = async () => {
    times += 1
    if (times === 2) throw new Error('no')
    if (times === 4) stop.abort()
    return 1
  }
  await repeat(work, { retryMs: 1, stop: stop.signal, onError: ({ message }) => errors.push(message) })
  expect([times, errors]).toEqual([4, ['no']])
})

test('[P2] a stop does not wait for work that hangs, and nobody is told how that ends', async () => {
  const stop = new AbortController()
  const hanging = Promise.withResolvers<number>()
  const running = repeat(() => hanging.promise, {
    retryMs: 1,
    stop: stop.signal,
    onError: (error) => expect.unreachable(error.message),
  })
  stop.abort()
  await running
  hanging.reject(new Error('the connection was closed'))
})
