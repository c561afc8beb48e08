import type { Readiness } from '@rollcall/shared/readiness'
import { createTestMirror } from '@rollcall/testkit/mirror'
import { startOwnRedis } from '@rollcall/testkit/own-redis'
import type { OwnServer } from '@rollcall/testkit/own-server'
import { until } from '@rollcall/testkit/wait'
import { expect, test } from 'vitest'
import { type RunningProcess, startProcess } from '../process.ts'

const WAYS: Readonly<Record<string, (redis: OwnServer) => Promise<void>>> = {
  'is gone': (redis) => redis.kill(),
  'does not answer': (redis) => redis.freeze(),
}

test.concurrent.each(Object.entries(WAYS))(
  '[S1] a worker whose Redis %s ends in good order when it is told to, whether it was ever there or not',
  async (_way, takeAway) => {
    await using redis = await startOwnRedis()
    await using mirror = await createTestMirror()
    const variables = { REDIS_URL: redis.url, DATABASE_URL: mirror.urls.worker }

    await using reached = startProcess('worker', variables)
    await untilPassed(reached, 'queue')
    await takeAway(redis)
    await using unreached = startProcess('worker', variables)
    await untilPassed(unreached, 'database')

    // Its grace would end it with 1.
    expect(await Promise.all([reached.end('SIGTERM'), unreached.end('SIGTERM')])).toEqual([0, 0])
  },
)

async function untilPassed(worker: RunningProcess, check: string): Promise<void> {
  const { opsPort } = await worker.untilLogged('worker.started')
  const isPassed = async () => {
    const { checks } = (await (await fetch(`http://127.0.0.1:${opsPort}/readyz`)).json()) as Readiness
    return checks[check]!.status !== 'failed'
  }
  await until(isPassed, { timeoutMs: 60_000, what: `the check of its ${check} passes` })
}
