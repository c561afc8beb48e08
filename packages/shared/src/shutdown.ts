import type { Logger } from './log.ts'

/**
 * Aborts on the first SIGTERM or SIGINT. A second signal, or the grace period running out, ends the process at once:
 * the queue redelivers what was in flight, so a hard stop costs time, never data [S1].
 */
export function stopSignal(options: { graceMs: number; log: Logger }): AbortSignal {
  const stop = new AbortController()

  const onSignal = (signal: NodeJS.Signals) => {
    if (stop.signal.aborted) process.exit(1)
    options.log.info({ signal, graceMs: options.graceMs }, 'shutdown.started')
    stop.abort()
    setTimeout(() => {
      options.log.error({ graceMs: options.graceMs }, 'shutdown.overran')
      process.exit(1)
    }, options.graceMs).unref()
  }

  process.on('SIGTERM', onSignal)
  process.on('SIGINT', onSignal)
  return stop.signal
}
