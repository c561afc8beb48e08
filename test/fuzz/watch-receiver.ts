import { setTimeout as sleep } from 'node:timers/promises'
import { samplesOf } from '@rollcall/testkit/samples'

/** What a receiver process was like while it was watched. */
export interface Watched {
  readonly highestMegabytes: number
  /** The most connections that it had at once. */
  readonly mostConnections: number
  /** The longest that its inner port, on the same event loop, took to answer. */
  readonly slowestMs: number
}

const EVERY_MS = 250

/** A process that hangs, as opposed to one that has much to do on a slow machine. */
const MOST_MS = 60_000

/** Watches from its inner port until told to stop. Rejects then if it did not answer, or not in time. */
export function watchReceiver(opsPort: number): { stop(): Promise<Watched> } {
  const over = new AbortController()
  let highest = 0
  let most = 0
  let slowest = 0
  async function watch(): Promise<void> {
    while (!over.signal.aborted) {
      const startedAt = performance.now()
      const response = await fetch(`http://127.0.0.1:${opsPort}/metrics`, { signal: AbortSignal.timeout(MOST_MS) })
      const text = await response.text()
      slowest = Math.max(slowest, performance.now() - startedAt)
      highest = Math.max(highest, samplesOf(text, 'process_resident_memory_bytes')['']! / 1e6)
      most = Math.max(most, connectionsIn(text))
      await sleep(EVERY_MS, undefined, { signal: over.signal }).catch(() => {})
    }
  }
  const watching = watch().catch((cause) => {
    throw new Error('the receiver’s inner port did not answer', { cause })
  })
  watching.catch(() => {}) // told to whoever stops it
  return {
    async stop() {
      over.abort()
      await watching
      return { highestMegabytes: highest, mostConnections: most, slowestMs: slowest }
    },
  }
}

/** How many connections a receiver has, those to its queue and of those who ask this among them. */
export async function connectionsOf(opsPort: number): Promise<number> {
  const response = await fetch(`http://127.0.0.1:${opsPort}/metrics`, { signal: AbortSignal.timeout(MOST_MS) })
  return connectionsIn(await response.text())
}

const connectionsIn = (metrics: string): number =>
  samplesOf(metrics, 'nodejs_active_resources')['type="TCPSocketWrap"'] ?? 0
