import { pause } from './deadline.ts'

/**
 * Does work now and then until told to stop. `work` answers after how long it is to be done again; where it throws, that
 * is told, and it is tried again after `retryMs`. Work under way is not waited for once it is time to stop: what it asks
 * may be away, and would answer only when it is back.
 */
export async function repeat(
  work: () => Promise<number>,
  options: { readonly retryMs: number; readonly stop: AbortSignal; readonly onError: (error: Error) => void },
): Promise<void> {
  const { stop } = options
  const stopped = new Promise<number>((resolve) => stop.addEventListener('abort', () => resolve(0), { once: true }))
  while (!stop.aborted) {
    const working = work().catch((error: Error) => {
      if (!stop.aborted) options.onError(error)
      return options.retryMs
    })
    await pause(await Promise.race([working, stopped]), stop)
  }
}
