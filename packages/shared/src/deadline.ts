import { setTimeout as sleep } from 'node:timers/promises'

export class DeadlineExceeded extends Error {
  override readonly name = 'DeadlineExceeded'
}

/** The promise, or `DeadlineExceeded` if it has not settled within `milliseconds`. The work itself goes on. */
export async function withDeadline<Value>(work: Promise<Value>, milliseconds: number): Promise<Value> {
  const { promise: expired, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new DeadlineExceeded(`no answer within ${milliseconds} ms`)), milliseconds)
  try {
    return await Promise.race([work, expired])
  } finally {
    clearTimeout(timer)
  }
}

/** Resolves after `milliseconds`, or as soon as `stop` aborts. */
export async function pause(milliseconds: number, stop: AbortSignal): Promise<void> {
  try {
    await sleep(milliseconds, undefined, { signal: stop })
  } catch (error) {
    if (!stop.aborted) throw error
  }
}
