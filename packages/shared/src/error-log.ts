import type { Logger } from './log.ts'
import type { TroubleName } from './log-events.ts'

/** The same trouble is said again after this long: a reconnect that fails every second is one story, not sixty. */
const REPEAT_MS = 30_000

/**
 * A listener for a connection's errors: logs each different one at once, and its repetitions now and then. `now` in
 * milliseconds of a clock that never jumps.
 */
export function errorLog(
  log: Logger,
  event: TroubleName,
  now: () => number = () => performance.now(),
): (error: Error) => void {
  const lastLogged = new Map<string, { at: number; suppressed: number }>()
  return (error) => {
    const { code } = error as { code?: unknown }
    // By code where there is one: messages hold ports and ids, of which there are endless different ones.
    const key = typeof code === 'string' ? code : error.name
    const last = lastLogged.get(key)
    if (last && now() - last.at < REPEAT_MS) {
      last.suppressed += 1
      return
    }
    log.error({ error, ...(last && { suppressed: last.suppressed }) }, event)
    lastLogged.set(key, { at: now(), suppressed: 0 })
  }
}
