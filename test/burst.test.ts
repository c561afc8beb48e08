import { captureLog } from '@rollcall/testkit/captured-log'
import { createDatabase } from '@rollcall/testkit/postgres'
import { BACKENDS, createQueue } from '@rollcall/testkit/queue'
import { runSeed } from '@rollcall/testkit/seed'
import { describe, expect, test } from 'vitest'
import { burstOfUsers } from './burst-of-users.ts'
import { mirroredUsers, sendAll, startPipeline } from './pipeline.ts'

/** As many requests at a time as Svix may well have under way for one endpoint. */
const CONCURRENCY = 64

describe.each(BACKENDS)('with the queue on %s', (backend) => {
  const seed = runSeed()

  test(`[G1] [G2] 5,000 events over 500 users, shuffled, a fifth of them twice, end in the rows of the history (seed ${seed})`, async () => {
    const { messages, distinct, expected } = burstOfUsers({ users: 500, eventsEach: 10, seed })
    expect([messages.length, distinct]).toEqual([6_000, 5_000])

    await using database = await createDatabase({ session: backend === 'postgres' })
    await using queue = backend === 'redis' ? await createQueue('redis') : undefined
    await using pipeline = await startPipeline({ ...queue?.variables, DATABASE_URL: database.url }, captureLog().log)

    const statuses = await sendAll(pipeline, messages, CONCURRENCY)
    expect(new Set(statuses)).toEqual(new Set([200]))
    await pipeline.untilSettled(distinct, 60_000)

    expect(await mirroredUsers(pipeline)).toEqual(expected)
    const outcomes = await pipeline.query('select distinct outcome, attempts from clerk.webhook_events order by 1')
    expect(outcomes).toEqual([
      { outcome: 'applied', attempts: 1 },
      { outcome: 'stale', attempts: 1 },
    ])
  })
})
