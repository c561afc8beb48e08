import { setTimeout as sleep } from 'node:timers/promises'
import { createLog } from '@rollcall/shared/log'
import { startOwnPostgres } from '@rollcall/testkit/own-postgres'
import { startOwnRedis } from '@rollcall/testkit/own-redis'
import type { OwnServer } from '@rollcall/testkit/own-server'
import { createDatabase } from '@rollcall/testkit/postgres'
import { runSeed } from '@rollcall/testkit/seed'
import { until } from '@rollcall/testkit/wait'
import { describe, expect, test } from 'vitest'
import { burstOfUsers } from './burst-of-users.ts'
import { mirroredUsers, type Pipeline, startPipeline } from './pipeline.ts'

/** Where the queue lives, and so what goes away: Redis alone, or Postgres with the mirror in it. */
const SERVERS: Readonly<Record<string, () => Promise<OwnServer>>> = { Redis: startOwnRedis, Postgres: startOwnPostgres }

/**
 * BullMQ fetches as many jobs as may be in hand one by one before it begins with the first, and renews no lock until
 * then. A lock has to outlive that on a machine that is busy with other tests, or jobs are taken up twice, and again.
 */
const LOCK = { JOB_LOCK_MS: '10000' }

/** Messages that come when it is away already. */
const LATE = 100

const SILENT = createLog({ level: 'silent', process: 'test' })

const seed = runSeed()

describe.each(Object.entries(SERVERS))('with the queue on %s', (name, startServer) => {
  test.each(['stop', 'kill'] as const)(
    `[G2] [O1] a %s of the queue in the middle of a burst loses nothing (seed ${seed})`,
    async (how) => {
      const { messages, distinct, expected } = burstOfUsers({ users: 100, eventsEach: 10, seed })
      await using server = await startServer()
      await using database = name === 'Redis' ? await createDatabase() : undefined
      const queue = database ? { REDIS_URL: server.url, DATABASE_URL: database.url } : { DATABASE_URL: server.url }
      await using pipeline = await startPipeline({ ...queue, ...LOCK }, SILENT)

      const sender = sendUntilTaken(pipeline, messages.slice(0, -LATE))
      await until(() => sender.taken > 300, { timeoutMs: 60_000, what: 'the burst is under way' })
      await server[how]()
      // These find it away, however far the burst came until it was.
      const late = sendUntilTaken(pipeline, messages.slice(-LATE))
      await until(() => late.refused > 0, { timeoutMs: 60_000, what: 'the receiver answers 503' })
      await server.start()
      await Promise.all([sender.finished, late.finished])

      await pipeline.untilSettled(distinct, 90_000)
      expect(await mirroredUsers(pipeline)).toEqual(expected)
      expect(await pipeline.query('select distinct attempts from clerk.webhook_events')).toEqual([{ attempts: 1 }])
    },
    180_000,
  )
})

/** Svix tries again after 5 s, then minutes. This sender has less patience, and as much perseverance. */
const AGAIN_AFTER_MS = 200

interface Sender {
  readonly taken: number
  readonly refused: number
  readonly finished: Promise<unknown>
}

function sendUntilTaken(
  pipeline: Pipeline,
  messages: readonly { readonly body: unknown; readonly messageId: string }[],
): Sender {
  const counts = { taken: 0, refused: 0 }
  const left = messages.values()
  const sendOn = async () => {
    for (const { body, messageId } of left) {
      while ((await pipeline.send(body, messageId)) !== 200) {
        counts.refused += 1
        await sleep(AGAIN_AFTER_MS)
      }
      counts.taken += 1
    }
  }
  return Object.assign(counts, { finished: Promise.all(Array.from({ length: 16 }, sendOn)) })
}
