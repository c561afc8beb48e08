import { readdir, stat, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Arena } from './arena.ts'

/** A power cut of Redis, in moments of `performance.now()`: what was acknowledged until `keptUntil` was on disk. */
export interface PowerCut {
  readonly keptUntil: number
  /** Redis answered again. Nothing was acknowledged since the cut. */
  readonly backAt: number
  readonly lostBytes: number
}

/** A Redis that syncs every second may lose what it wrote since. */
const UNSYNCED_MS = 1_000

/** While the disk still syncs what was before, Redis answers first and writes so much later (`flushAppendOnlyFile` in its aof.c). */
const UNWRITTEN_MS = 2_000

/** How often the file's size is looked at. */
const LOOK_MS = 20

/** What has piled up by then in workers' hands is more than nothing. */
const BACKLOG_MS = 1_500

/** Every write, and none of the file's rewriting meanwhile, which would be another file. */
export const EVERY_SECOND = { appendfsync: 'everysec', 'auto-aof-rewrite-percentage': '0' } as const

/**
 * Ends Redis and takes away the end of its append-only file, as a power cut does where the disk was told every second: of
 * the last second all, or a part that ends anywhere. Workers stand still before, so that something waits to be lost.
 */
export async function cutPower({ servers: { redis }, workers }: Arena, random: () => number): Promise<PowerCut> {
  const file = await currentFile(redis.filesDirectory)
  const stop = new AbortController()
  const sizes: { readonly at: number; readonly bytes: number }[] = []
  const watching = (async () => {
    while (!stop.signal.aborted) {
      const at = performance.now() // before the look: what was written by then is in the file
      sizes.push({ at, bytes: (await stat(file)).size })
      await sleep(LOOK_MS)
    }
  })()
  for (const { service } of workers) service.freeze()
  await sleep(BACKLOG_MS + random() * UNSYNCED_MS)
  const cutAt = performance.now()
  await redis.kill()
  stop.abort()
  await watching

  const whole = (await stat(file)).size
  const kept = sizes.findLast(({ at }) => at <= cutAt - UNSYNCED_MS)!
  const bytes = random() < 0.5 ? kept.bytes : kept.bytes + Math.floor(random() * (whole - kept.bytes))
  await truncate(file, bytes)
  await redis.start()
  for (const { service } of workers) service.thaw()
  return { keptUntil: kept.at - UNWRITTEN_MS, backAt: performance.now(), lostBytes: whole - bytes }
}

async function currentFile(directory: string): Promise<string> {
  const names = (await readdir(directory)).filter((name) => name.endsWith('.incr.aof'))
  const number = (name: string) => Number(/\.(\d+)\.incr\.aof$/.exec(name)?.[1])
  return join(directory, names.sort((one, other) => number(one) - number(other)).at(-1)!)
}

/** Whether a power cut explains that a message is nowhere: each time that it was acknowledged, the disk had it not yet. */
export const isExplained = (acknowledgedAt: readonly number[], cuts: readonly PowerCut[]): boolean =>
  acknowledgedAt.every((at) => cuts.some(({ keptUntil, backAt }) => keptUntil < at && at <= backAt))
