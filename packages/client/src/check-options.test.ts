import { createClerkClient } from '@clerk/backend'
import type { RollcallConfig } from '@rollcall/config/define-config'
import { expect, test } from 'vitest'
import { createRollcall } from './rollcall.ts'
import { RollcallError } from './rollcall-error.ts'
import type { RollcallOptions } from './rollcall-options.ts'
import { failure } from './test-client.ts'

/** Nothing listens there: whoever asks anything fails otherwise than expected. */
const database = 'postgres://rollcall:hunter2@127.0.0.1:1/app'
const clerkClient = createClerkClient({ secretKey: 'sk_test_x', apiUrl: 'http://127.0.0.1:1' })

function refusal(options: object): string {
  try {
    createRollcall({ database, clerkClient, ...options } as RollcallOptions)
  } catch (error) {
    if (error instanceof RollcallError && error.code === 'config_invalid') return error.message
  }
  throw new Error('expected config_invalid')
}

test.each([
  [{ database: undefined }, /database: .*undefined: is its variable set\?/],
  [{ database: 'mysql://root:hunter2@db/app' }, /database: must be a postgres:\/\/ URL/],
  [{ database: {} }, /database: /],
  [{ clerkClient: undefined }, /clerkClient: has no users\.getUser/],
  [{ clerkClient: { users: clerkClient.users } }, /clerkClient: has no organizations\.getOrganization/],
  [{ schema: 'Clerk; drop' }, /schema: /],
  [{ instanceId: '' }, /instanceId: /],
  [{ instanceId: 'ins_1,ins_2' }, /instanceId: must be one/],
  [{ poolSize: 0 }, /poolSize: /],
  [{ deadlineMs: 1.5 }, /deadlineMs: /],
  [{ config: { resources: { usr: true } } }, /config: resources\.usr: .*user/],
  [{ config: { resources: { user: { omit: ['frist_name'] } } } }, /config: resources\.user\.omit: .*first_name/],
])('[N6] createRollcall refuses %j', (options, message) => {
  expect(refusal(options)).toMatch(message)
  expect(refusal(options)).not.toContain('hunter2')
})

test('[N6] all that is wrong is reported together', () => {
  expect(
    refusal({ database: '', schema: '', poolSize: -1, deadlineMs: Number.NaN, config: 7 }).split('\n'),
  ).toHaveLength(6)
})

test.each(['', 'a'.repeat(256), '../users', 'user_1/oauth', 'user_1?x=1', 'user\u0000', 'user 1', 7, null, undefined])(
  '[N6] the id %j is refused before anything is asked',
  async (id) => {
    await using rollcall = createRollcall({ database, clerkClient })
    expect((await failure(rollcall.ensureUser(id as string))).code).toBe('id_invalid')
    expect((await failure(rollcall.ensureOrganization(id as string))).code).toBe('id_invalid')
  },
)

test('[N6] what is switched off is told: at the start where the app asks then, else at the call', async () => {
  const config: RollcallConfig = { resources: { user: false, organization: false } }
  await using rollcall = createRollcall({ database, clerkClient, config })
  expect((await failure(rollcall.ensureUser('user_1'))).message).toContain('`user`: switch it on')
  expect((await failure(rollcall.ensureOrganization('org_1'))).code).toBe('not_mirrored')
  expect(() => rollcall.requireSyncedUser()).toThrow('`user`')
})
