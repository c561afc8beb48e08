import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { locateQueue, openQueue } from '@rollcall/queue/open-queue'
import { deliveryOf, userBody } from '@rollcall/testkit/deliveries'
import { createTestMirror } from '@rollcall/testkit/mirror'
import { createQueue } from '@rollcall/testkit/queue'
import { TEST_ROLES } from '@rollcall/testkit/roles'
import { until } from '@rollcall/testkit/wait'
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { startProcess } from './process.ts'

/**
 * Writes through its transaction, and then, the first time it runs, waits to be killed. It needs nothing but what Node
 * has: a file below the system's temporary folder finds no packages.
 */
const CONFIG = (mark: string) => `
import { existsSync, writeFileSync } from 'node:fs'
export default {
  handlers: {
    async 'user.created'(event, { transaction, messageId }) {
      await transaction.insertInto('welcomes').values({ user_id: event.data.id, message_id: messageId }).execute()
      if (existsSync(${JSON.stringify(mark)})) return
      writeFileSync(${JSON.stringify(mark)}, 'begun')
      await new Promise(() => setInterval(() => {}, 1_000))
    },
  },
}
`

test('[H2] [H3] a worker killed in the middle of a handler leaves nothing of it; another runs it, and what it writes is there once', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'rollcall-test-handler-'))
  const config = join(folder, 'rollcall.config.ts')
  const mark = join(folder, 'begun')
  await writeFile(config, CONFIG(mark))
  await using mirror = await createTestMirror()
  await using queue = await createQueue('redis')
  const variables = {
    ...queue.variables,
    DATABASE_URL: mirror.databaseUrl,
    ROLLCALL_CONFIG: config,
    HANDLER_TIMEOUT_MS: '5000',
    JOB_LOCK_MS: '3000',
  }
  const welcomes = async () => (await sql`select * from public.welcomes`.execute(mirror.db)).rows
  const event = async () =>
    mirror.db
      .selectFrom('webhook_events')
      .select(['outcome', 'handling', 'handler_attempts', 'attempts'])
      .executeTakeFirst()
  try {
    await sql`create table public.welcomes (user_id text, message_id text)`.execute(mirror.db)
    await sql`grant select, insert on public.welcomes to ${sql.id(TEST_ROLES.worker)}`.execute(mirror.db)
    const jobs = openQueue(
      locateQueue({
        REDIS_URL: [queue.variables.REDIS_URL!],
        QUEUE_PREFIX: queue.variables.QUEUE_PREFIX!,
        DATABASE_SCHEMA: 'clerk',
        DATABASE_POOL_SIZE: 1,
      }),
      () => undefined,
    )
    const body = userBody({ type: 'user.created', id: 'user_a', occurredAt: 1_764_000_000_000 })
    await jobs.add([deliveryOf(body, { messageId: 'msg_1' })])
    await jobs.close()

    {
      await using worker = startProcess('worker', variables)
      const isClaimed = async () => (await event())?.handler_attempts === 1
      await until(isClaimed, { timeoutMs: 20_000, what: 'the handler is under way' })
      expect(await worker.end('SIGKILL')).toBe('SIGKILL')
    }
    expect(await welcomes()).toEqual([])
    expect(await event()).toMatchObject({ outcome: 'applied', handling: 'waiting', handler_attempts: 1 })

    await writeFile(mark, 'begun') // where the kill came before the handler wrote it
    await using _other = startProcess('worker', variables)
    const isHandled = async () => (await event())?.handling === 'handled'
    await until(isHandled, { timeoutMs: 60_000, what: 'the other worker has run the handler' })
    expect(await welcomes()).toEqual([{ user_id: 'user_a', message_id: 'msg_1' }])
    expect(await event()).toMatchObject({ handler_attempts: 2, attempts: 1 })
  } finally {
    await rm(folder, { recursive: true })
  }
})
