import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { applyBatch } from '@rollcall/mirror/apply'
import { claimDueEvent, recordHandlerFailure } from '@rollcall/mirror/handling'
import type { Json } from '@rollcall/shared/json'
import { keepingOf } from '@rollcall/testkit/catalog'
import { deliveryOf, userBody } from '@rollcall/testkit/deliveries'
import { createTestMirror, type TestMirror } from '@rollcall/testkit/mirror'
import { startOwnRedis } from '@rollcall/testkit/own-redis'
import { createDatabase } from '@rollcall/testkit/postgres'
import { sharedRedisUrl } from '@rollcall/testkit/redis'
import { uniqueName } from '@rollcall/testkit/unique-name'
import { sql } from 'kysely'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { AT_REST, diagnose as diagnoseIn, SECRET } from './diagnose.ts'
import { type Finished, rollcall } from './rollcall.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rollcall-test-doctor-'))
})
afterEach(() => rm(folder, { recursive: true }))

const doctor = (variables: Record<string, string>, ...words: string[]): Promise<Finished> =>
  rollcall(folder, ['doctor', ...words], { CLERK_WEBHOOK_SIGNING_SECRET: SECRET, ...variables })

const diagnose = (variables: Record<string, string>) => diagnoseIn(folder, variables)

const created = (id: string, instance = 'ins_test'): Json => ({
  ...(userBody({ type: 'user.created', id, occurredAt: 1_764_000_000_000 }) as object),
  instance_id: instance,
})

/** Applies bodies as the worker would, with handlers for some types. */
const apply = (mirror: TestMirror, bodies: readonly Json[], handledTypes: readonly string[] = []) =>
  applyBatch(
    mirror,
    bodies.map((body) => ({ delivery: deliveryOf(body, { receivedAt: Date.now() }), attempts: 1 })),
    { ...keepingOf(mirror.catalog), handledTypes: new Set(handledTypes) },
  )

const variablesOf = (mirror: TestMirror) => ({
  DATABASE_URL: mirror.databaseUrl,
  REDIS_URL: sharedRedisUrl(),
  QUEUE_PREFIX: uniqueName('rollcall_test'),
})

/** What stands on the schema, where that is not there. */
const SCHEMALESS = {
  instances: 'skipped',
  users: 'skipped',
  silence: 'skipped',
  reconcile: 'skipped',
  'failed events': 'skipped',
  'failed handlers': 'skipped',
  'waiting handlers': 'skipped',
}

test('[C8] before `migrate` doctor says what to do; afterwards nothing fails, with the queue on either backend', async () => {
  await using database = await createDatabase({ session: true })
  const variables = { DATABASE_URL: database.url }
  const before = await diagnose(variables)
  expect(before.statuses).toEqual({
    ...AT_REST,
    schema: 'failed',
    queue: 'failed',
    processes: 'skipped',
    ...SCHEMALESS,
  })
  expect(before).toMatchObject({ code: 1, healthy: false })
  expect(before.messages.schema).toContain('Run `pnpm rollcall migrate`.')
  expect(before.messages.queue).toContain('Run `pnpm rollcall migrate`.')
  expect(before.messages.instances).toBe('Cannot be told before schema passes.')
  expect(before.messages.grants).toMatch(/^The role \w+ may create the schema clerk\.$/)

  await rollcall(folder, ['migrate'], variables)
  const { code, stdout, stderr } = await doctor(variables)
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(stdout).toMatch(/^([✓!–] [a-z ]+ {2}[^\n]+\.\n){16}\nNothing failed; 2 warnings\.\n$/)
  expect(stdout).toContain('\n✓ queue             The queue answers: the queue lives in Postgres.\n')
  expect(stdout).toMatch(/\n! processes +Neither a receiver nor a worker is connected to this queue\. Start them/)
  expect(stdout).toMatch(/\n– clerk +CLERK_SECRET_KEY is not set: backfill and reconcile, .* need it\.\n/)
  expect(stdout).toMatch(/\n! silence +No webhook has come yet\./)
  const onRedis = { ...variables, REDIS_URL: sharedRedisUrl(), QUEUE_PREFIX: uniqueName('rollcall_test') }
  expect((await diagnose(onRedis)).statuses).toEqual({ ...AT_REST, silence: 'warned' })
})

test('[C8] without anything set it says what is missing, and what cannot be told therefore', async () => {
  const { code, stdout } = await rollcall(folder, ['doctor'])
  expect(code).toBe(1)
  expect(stdout).toMatch(/^✗ variables +Rollcall cannot start with this configuration:\n +DATABASE_URL: is not set\n/)
  expect(stdout).toMatch(/\n✓ configuration .*\n– postgres +Cannot be told before variables passes\.\n/)
  expect(stdout).toMatch(/\n1 check failed\.\n$/)
})

test('[C8] a wrong variable, a wrong rollcall.config.ts and a Postgres that is away are told together', async () => {
  const config = join(folder, 'rollcall.config.ts')
  await writeFile(config, 'export default { handlers: { "user.creatd": () => {} } }')
  const variables = {
    DATABASE_URL: 'postgres://nobody:hidden@127.0.0.1:1/none',
    REDIS_URL: sharedRedisUrl(),
    QUEUE_PREFIX: uniqueName('rollcall_test'),
  }
  const ill = await diagnose({ ...variables, BATCH_SIZE: 'hidden', PORT: 'hidden' })
  expect(ill.statuses).toEqual({
    variables: 'failed',
    configuration: 'failed',
    postgres: 'failed',
    clock: 'skipped',
    schema: 'skipped',
    grants: 'skipped',
    queue: 'passed',
    processes: 'warned',
    clerk: 'skipped',
    ...SCHEMALESS,
  })
  expect(ill.messages.variables).toContain('\n  BATCH_SIZE: ')
  expect(ill.messages.variables).toContain('\n  PORT: ')
  expect(ill.messages.configuration).toContain('Did you mean `user.created`?')
  expect(ill.messages.postgres).toMatch(/^Postgres does not answer at DATABASE_URL\. .*\n {2}connect ECONNREFUSED/)
  expect(JSON.stringify(ill)).not.toContain('hidden')
})

test('[C8] a queue that is away, that evicts, or that forgets is told', async () => {
  await using mirror = await createTestMirror()
  const variables = { DATABASE_URL: mirror.databaseUrl }
  const away = await diagnose({ ...variables, REDIS_URL: 'redis://127.0.0.1:1' })
  expect(away).toMatchObject({
    code: 1,
    statuses: { ...AT_REST, queue: 'failed', processes: 'skipped', silence: 'warned' },
  })
  expect(away.messages.queue).toMatch(/^The queue does not answer at REDIS_URL\. .*\n {2}connect ECONNREFUSED/)

  await using evicting = await startOwnRedis({ 'maxmemory-policy': 'allkeys-lru' })
  const evicted = await diagnose({ ...variables, REDIS_URL: evicting.url })
  expect(evicted).toMatchObject({ code: 1, statuses: { queue: 'failed' } })
  expect(evicted.messages.queue).toContain('Set it to noeviction.')

  await using forgetful = await startOwnRedis({ appendonly: 'no' })
  const forgotten = await diagnose({ ...variables, REDIS_URL: forgetful.url })
  expect(forgotten).toMatchObject({ code: 0, healthy: true, statuses: { queue: 'warned' } })
  expect(forgotten.messages.queue).toContain('Set appendonly yes')
})

test('[C8] [W7] several instances in one schema are named, unless refused or meant to be there', async () => {
  await using mirror = await createTestMirror()
  await apply(mirror, [created('user_1'), created('user_2')])
  const refused = { delivery: deliveryOf(created('user_3', 'ins_refused')), attempts: 1 }
  await applyBatch(mirror, [refused], { ...keepingOf(mirror.catalog), allowedInstances: ['ins_test'] })
  const single = await diagnose(variablesOf(mirror))
  expect(single).toMatchObject({ code: 0, statuses: AT_REST })
  expect(single.messages.instances).toBe('The newest events are from ins_test (2).')

  await apply(mirror, [created('user_4', 'ins_b')])
  const several = await diagnose(variablesOf(mirror))
  expect(several).toMatchObject({ code: 0, healthy: true, statuses: { ...AT_REST, instances: 'warned' } })
  expect(several.messages.instances).toMatch(
    /ins_test \(2\), ins_b \(1\)\. Set CLERK_INSTANCE_ID .* DATABASE_SCHEMA\.$/,
  )

  const allowed = await diagnose({ ...variablesOf(mirror), CLERK_INSTANCE_ID: 'ins_test,ins_b' })
  expect(allowed.statuses).toEqual(AT_REST)
})

test('[C8] what failed, and what waits for a handler that is not there, is told with what to do', async () => {
  await writeFile(join(folder, 'rollcall.config.ts'), 'export default { handlers: { "user.created": () => {} } }')
  await using mirror = await createTestMirror()
  const deleted = userBody({ type: 'user.deleted', id: 'user_1', occurredAt: 1_764_000_001_000 })
  await apply(mirror, ['garbage', created('user_1'), created('user_2'), deleted], ['user.created', 'user.deleted'])
  // As if all attempts but this one had been made.
  await sql`update clerk.webhook_events set handler_attempts = 9 where type = 'user.created'`.execute(mirror.db)
  const due = await claimDueEvent(mirror.db, ['user.created'], 60_000)
  await mirror.db.transaction().execute(async (transaction) => {
    await recordHandlerFailure(transaction, mirror.schema, due!, 'Error: no', {
      ...keepingOf(mirror.catalog),
      handledTypes: new Set(['user.created']),
    })
  })

  const ill = await diagnose(variablesOf(mirror))
  expect(ill).toMatchObject({
    code: 0,
    healthy: true,
    statuses: {
      ...AT_REST,
      'failed events': 'warned',
      'failed handlers': 'warned',
      'waiting handlers': 'warned',
    },
  })
  expect(ill.messages['failed events']).toMatch(/^1 event has failed\. `pnpm rollcall failed` tells why;/)
  expect(ill.messages['failed handlers']).toMatch(/^1 handler has failed\./)
  expect(ill.messages['waiting handlers']).toMatch(/rollcall\.config\.ts does not have: user\.deleted \(1\)\./)
})
