import { setTimeout as sleep } from 'node:timers/promises'
import { inspect } from 'node:util'

/** Often enough that a test loses no time to it, seldom enough that a query as the check is no load. */
const POLL_MS = 20

const LAST_LOOK_MS = 1_000

/**
 * Asks again and again until the answer is truthy, and returns that answer. If it does not come in time, the error says what
 * did not come true and what was seen last. A check that throws has not come true yet.
 */
export async function until<Answer>(
  check: () => Answer | Promise<Answer>,
  { timeoutMs, what }: { readonly timeoutMs: number; readonly what: string },
): Promise<Truthy<Answer>> {
  const deadline = performance.now() + timeoutMs
  let seen = 'nothing, the check did not return'
  let cause: unknown
  for (let isLast = false; !isLast; ) {
    // Once more when the time is up: the machine may have stood still since the look before.
    isLast = performance.now() >= deadline
    try {
      const answer = await withinTime(check, isLast ? performance.now() + LAST_LOOK_MS : deadline)
      if (answer) return answer as Truthy<Answer>
      seen = inspect(answer)
      cause = undefined
    } catch (error) {
      if (error !== OUT_OF_TIME) {
        seen = `${error}`
        cause = error
      }
    }
    if (!isLast) await sleep(POLL_MS)
  }
  throw new Error(`Not within ${timeoutMs} ms: ${what}. Last seen: ${seen}.`, { cause })
}

type Truthy<Answer> = Exclude<Answer, false | 0 | '' | null | undefined>

const OUT_OF_TIME = Symbol('out of time')

async function withinTime<Answer>(check: () => Answer | Promise<Answer>, deadline: number): Promise<Answer> {
  const over = new AbortController()
  const outOfTime = sleep(deadline - performance.now(), undefined, { signal: over.signal }).then(() => {
    throw OUT_OF_TIME
  })
  outOfTime.catch(() => {}) // aborted as soon as the check has answered
  try {
    return await Promise.race([check(), outOfTime])
  } finally {
    over.abort()
  }
}
