import { expect, test } from 'vitest'
import { redisProblem } from './redis-problem.ts'

const reply = (message: string) => Object.assign(new Error(message), { name: 'ReplyError' })
const coded = (code: string) => Object.assign(new Error('refused'), { code })
const sentinels = (last: string) =>
  new Error(`All sentinels are unreachable. Retrying from scratch after 100ms. Last error: ${last}`)

const known: Readonly<Record<string, readonly [Error, string]>> = {
  'no password': [reply('NOAUTH Authentication required.'), 'NOAUTH'],
  'a wrong one': [reply('WRONGPASS invalid username-password pair or user is disabled.'), 'WRONGPASS'],
  'a right that is not given': [reply("NOPERM this user has no permissions to run the 'info' command"), 'NOPERM'],
  'protected mode': [reply('DENIED Redis is running in protected mode because …'), 'DENIED'],
  'a replica': [reply("READONLY You can't write against a read only replica."), 'READONLY'],
  'a node of several': [reply('MOVED 3999 127.0.0.1:6381'), 'MOVED'],
  'slots that nobody serves': [reply('CLUSTERDOWN The cluster is down'), 'CLUSTERDOWN'],
  'no cluster': [reply('ERR This instance has cluster support disabled'), 'NO_CLUSTER'],
  'no cluster, as the client tells it': [
    Object.assign(new Error('Failed to refresh slots cache.'), {
      lastNodeError: reply('ERR This instance has cluster support disabled'),
    }),
    'NO_CLUSTER',
  ],
  'an unknown master': [sentinels('ERR No such master with that name'), 'NO_MASTER'],
  "a Sentinel's password": [sentinels('NOAUTH Authentication required.'), 'NOAUTH'],
  'no Sentinel': [sentinels("ERR unknown command 'sentinel', with args beginning with: "), 'NO_SENTINEL'],
  'an unknown authority': [coded('SELF_SIGNED_CERT_IN_CHAIN'), 'SELF_SIGNED_CERT_IN_CHAIN'],
  'another name': [coded('ERR_TLS_CERT_ALTNAME_INVALID'), 'ERR_TLS_CERT_ALTNAME_INVALID'],
  'what is behind another error': [new Error('the queue cannot be reached', { cause: reply('NOAUTH') }), 'NOAUTH'],
}
test.each(Object.entries(known))('[Q24] %s is told in a sentence that says what to do', (_, [error, code]) => {
  const problem = redisProblem(error)
  expect(problem).toMatchObject({ code, message: expect.stringMatching(/^[A-Z].*\.$/s) })
  expect(problem?.message).not.toContain('127.0.0.1')
})

test('[Q24] what nobody but time can mend is no problem of the address', () => {
  const others = [coded('ECONNREFUSED'), reply('LOADING Redis is loading the dataset in memory'), new Error('toString')]
  for (const thrown of [...others, sentinels('Connection is closed.'), reply('toString'), undefined, 'NOAUTH']) {
    expect(redisProblem(thrown)).toBeUndefined()
  }
})
