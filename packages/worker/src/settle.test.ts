import { keepingOf } from '@rollcall/testkit/catalog'
import { deliveryOf } from '@rollcall/testkit/deliveries'
import { createTestMirror } from '@rollcall/testkit/mirror'
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { createBreaker } from './breaker.ts'
import { createMetrics } from './metrics.ts'
import { createSettle } from './settle.ts'

const ATTEMPTS = 10

test('[W22] an event of which not even the failure can be recorded is given back after each attempt, and never asked about without end', async () => {
  await using mirror = await createTestMirror()
  await sql`alter table clerk.webhook_events add constraint refuse_all check (id is null)`.execute(mirror.db)
  const breaker = createBreaker({
    probe: async () => {},
    stop: new AbortController().signal,
    onOpen: () => {},
    onClose: () => {},
    now: Date.now,
  })
  const settle = createSettle(mirror, breaker, createMetrics(), {
    ...keepingOf(mirror.catalog),
    batchSize: 10,
    batchesInFlight: 1,
    maxAttempts: ATTEMPTS,
    afterCommit: async (settled) => settled,
  })
  const delivery = deliveryOf({ type: 'user.created', data: { id: 'user_1' } })
  for (const attempts of [1, ATTEMPTS, ATTEMPTS + 1]) {
    await expect(settle({ delivery, attempts })).rejects.toMatchObject({ code: 'row_rejected' })
  }
})
