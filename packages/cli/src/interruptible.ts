/**
 * Work that Ctrl-C or SIGTERM ends between two of its steps: `stop` aborts then, with that reason. It also aborts once the
 * work has ended: what it asked for ahead is of no use any more.
 */
export async function interruptible<Result>(
  work: (stop: AbortSignal) => Promise<Result>,
  reason?: Error,
): Promise<Result> {
  const stop = new AbortController()
  const interrupt = () => stop.abort(reason)
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt)
  try {
    return await work(stop.signal)
  } finally {
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt)
    stop.abort()
  }
}
