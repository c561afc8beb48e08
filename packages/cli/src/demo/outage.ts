import type { EmbeddedServer } from '@rollcall/embedded/embedded-server'
import { pause } from '@rollcall/shared/deadline'

/** When Postgres was away, as `Date.now` tells it. */
export interface Outage {
  readonly from: number
  readonly to: number
}

/**
 * Kills Postgres as a crash does, and starts it again on what is on the disk. It is started also where `stop` ends the wait,
 * so that it can be stopped in order.
 */
export async function breakPostgres(
  postgres: EmbeddedServer,
  when: { readonly afterMs: number; readonly forMs: number },
  stop: AbortSignal,
  tell: (state: 'killed' | 'back') => void,
): Promise<Outage | undefined> {
  await pause(when.afterMs, stop)
  if (stop.aborted) return undefined
  const from = Date.now()
  tell('killed')
  await postgres.kill('SIGKILL')
  await pause(when.forMs, stop)
  await postgres.start()
  tell('back')
  return { from, to: Date.now() }
}
