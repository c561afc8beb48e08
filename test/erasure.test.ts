import { createRedis } from '@rollcall/queue/redis-client'
import { shardPrefix } from '@rollcall/queue/shards'
import { captureLog } from '@rollcall/testkit/captured-log'
import { createDatabase } from '@rollcall/testkit/postgres'
import { BACKENDS, createQueue, seeQueue } from '@rollcall/testkit/queue'
import { sharedRedisUrl } from '@rollcall/testkit/redis'
import { settingsOf } from '@rollcall/testkit/settings'
import { until } from '@rollcall/testkit/wait'
import { expect, test } from 'vitest'
import { type Pipeline, startPipeline } from './pipeline.ts'

const ADDRESS = 'ada.lovelace@example.com'
const NAME = 'Lovelace'
const T0 = 1_764_000_000_000
const INSTANCE = 'ins_test'

const at = (ms: number) => ({ timestamp: T0 + ms, instance_id: INSTANCE })
const person = {
  id: 'user_ada',
  last_name: NAME,
  primary_email_address_id: 'idn_1',
  email_addresses: [{ id: 'idn_1', email_address: ADDRESS, verification: { status: 'verified' } }],
  updated_at: T0,
}
const payer = { id: 'cpayer_1', user_id: 'user_ada', email: ADDRESS, last_name: NAME }
const publicData = { user_id: 'user_ada', identifier: ADDRESS, last_name: NAME }

/** Everything that Clerk may tell of a person, and something that cannot be parsed. Broken ones are told apart by a `-`. */
const EVENTS: Readonly<Record<string, unknown>> = {
  msg_user: { type: 'user.created', ...at(0), data: person },
  msg_membership: {
    type: 'organizationMembership.created',
    ...at(1),
    data: { id: 'orgmem_1', organization: { id: 'org_1' }, public_user_data: publicData, role: 'org:admin' },
  },
  msg_accepted: {
    type: 'organizationInvitation.accepted',
    ...at(2),
    data: { id: 'orginv_1', organization_id: 'org_1', user_id: 'user_ada', email_address: ADDRESS, status: 'accepted' },
  },
  msg_pending: {
    type: 'organizationInvitation.created',
    ...at(3),
    data: { id: 'orginv_2', organization_id: 'org_1', email_address: ADDRESS, status: 'pending' },
  },
  msg_invited: {
    type: 'organizationInvitation.created',
    ...at(4),
    data: { id: 'orginv_3', inviter_id: 'user_ada', public_inviter_data: publicData, status: 'pending' },
  },
  msg_session: { type: 'session.created', ...at(5), data: { id: 'sess_1', user_id: 'user_ada', user: person } },
  msg_email: {
    type: 'email.created',
    ...at(6),
    data: { id: 'ema_1', user_id: 'user_ada', to_email_address: ADDRESS, body: `Dear ${NAME}` },
  },
  msg_waitlist: { type: 'waitlistEntry.created', ...at(7), data: { id: 'wle_1', email_address: ADDRESS } },
  msg_subscription: { type: 'subscription.created', ...at(8), data: { id: 'csub_1', payer, items: [] } },
  msg_item: { type: 'subscriptionItem.active', ...at(9), data: { id: 'csub_item_1', payer } },
  msg_payment: { type: 'paymentAttempt.created', ...at(10), data: { id: 'pa_1', payer } },
  msg_unknown: { type: 'robot.created', ...at(11), data: { id: 'robot_1', owner: person } },
  msg_refused: { type: 'user.updated', timestamp: T0, instance_id: 'ins_other', data: person },
  'msg_broken-1': `{"type":"user.updated","data":{"id":"user_ada","last_name":"${NAME}","email":"${ADDRESS}"`,
  'msg_broken-2': { type: 'user.updated', ...at(12), data: [person] },
}

/** A row for everything that the tables of a schema hold of these words. */
const found = async (pipeline: Pipeline, words: readonly string[]): Promise<readonly string[]> => {
  const tables = await pipeline.query<{ name: string }>(`
    select format('%I.%I', schemaname, tablename) as name from pg_tables
    where schemaname not in ('pg_catalog', 'information_schema')`)
  const pattern = words.join('|')
  const hits = await Promise.all(
    tables.map(async ({ name }) => {
      const rows = await pipeline.query<{ row: string }>(
        `select t::text as row from ${name} as t where t::text ~* '${pattern}'`,
      )
      return rows.map(({ row }) => `${name}: ${row}`)
    }),
  )
  return hits.flat()
}

/** Every value under a queue's keys, whatever its kind, as one text. */
async function redisContents(prefix: string): Promise<string> {
  const client = createRedis([sharedRedisUrl()], (error) => {
    throw error
  })
  try {
    const keys = await client.keys(`${shardPrefix(prefix, 0)}:*`)
    const dumps = await Promise.all(keys.map((key) => client.dumpBuffer(key)))
    const values = await Promise.all(
      keys.map(async (key) => {
        switch (await client.type(key)) {
          case 'hash':
            return JSON.stringify(await client.hgetall(key))
          case 'stream':
            return JSON.stringify(await client.xrange(key, '-', '+'))
          case 'zset':
            return JSON.stringify(await client.zrange(key, '0', '-1'))
          case 'list':
            return JSON.stringify(await client.lrange(key, 0, -1))
          default:
            return ''
        }
      }),
    )
    return [...keys, ...values, ...dumps.map(String)].join('\n')
  } finally {
    client.disconnect()
  }
}

test.each(BACKENDS)(
  '[T7] [L2] after `user.deleted` nothing is left of a person in any table, any key of the queue and any log line, with the queue on %s',
  async (backend) => {
    await using database = await createDatabase({ session: backend === 'postgres' })
    await using ownQueue = backend === 'redis' ? await createQueue('redis') : undefined
    // What is looked for must be legible as long as it is there.
    const { QUEUE_ENCRYPTION_KEY: _, ...legible } = ownQueue?.variables ?? {}
    const variables = {
      ...legible,
      QUEUE_COMPRESSION: 'off',
      DATABASE_URL: database.url,
      EVENT_BODIES: 'all',
      CLERK_INSTANCE_ID: INSTANCE,
      LOG_LEVEL: 'trace',
    }
    const queue = ownQueue ?? seeQueue(variables)
    const { log, text } = captureLog()
    const settings = settingsOf({
      resources: { session: true, email: true, sms_message: true },
      handlers: {
        'user.created': () => undefined,
        'user.updated': () => undefined,
        'user.deleted': () => undefined,
      },
    })
    await using pipeline = await startPipeline(variables, log, settings)
    const words = [ADDRESS, NAME]
    const settle = async (events: Readonly<Record<string, unknown>>, count: number) => {
      for (const [messageId, body] of Object.entries(events)) expect(await pipeline.send(body, messageId)).toBe(200)
      await pipeline.untilSettled(count, 20_000)
      const isIdle = async () =>
        (await queue.jobs()).every(({ state }) => state === 'failed') &&
        (await pipeline.query("select from clerk.webhook_events where handling = 'waiting'")).length === 0
      await until(isIdle, { timeoutMs: 20_000, what: 'all jobs and handlers have ended' })
    }

    const count = Object.keys(EVENTS).length
    await settle(EVENTS, count)
    expect((await found(pipeline, words)).length).toBeGreaterThan(20)
    expect(await queue.jobs()).toHaveLength(2)
    if (ownQueue) expect(await redisContents(ownQueue.variables.QUEUE_PREFIX!)).toContain(ADDRESS)

    await settle(
      { msg_deletion: { type: 'user.deleted', ...at(100), data: { id: 'user_ada', deleted: true } } },
      count + 1,
    )
    // What comes late tells of a person who is gone.
    const late = {
      msg_late: { type: 'user.updated', ...at(50), data: { ...person, updated_at: T0 + 50 } },
      msg_late_session: EVENTS.msg_session,
      'msg_late_broken-1': EVENTS['msg_broken-1'],
      'msg_late_broken-2': EVENTS['msg_broken-2'],
    }
    await settle(late, count + 5)

    expect(await found(pipeline, words)).toEqual([])
    expect(await queue.jobs()).toEqual([])
    if (ownQueue)
      expect(await redisContents(ownQueue.variables.QUEUE_PREFIX!)).not.toMatch(new RegExp(words.join('|'), 'i'))
    expect(text()).not.toMatch(new RegExp(words.join('|'), 'i'))

    // The row is there, and so a foreign key of the application's own holds.
    expect(await pipeline.query('select id from clerk.users where deleted_at is not null')).toEqual([
      { id: 'user_ada' },
    ])
  },
)
