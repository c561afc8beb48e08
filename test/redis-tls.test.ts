import { readFile } from 'node:fs/promises'
import { withQueue } from '@rollcall/cli/with-queue'
import { connectedProcesses } from '@rollcall/queue/connected-processes'
import { locateQueue, type QueueLocation } from '@rollcall/queue/open-queue'
import { loadConfig } from '@rollcall/shared/config'
import { variables } from '@rollcall/shared/variables'
import { captureLog } from '@rollcall/testkit/captured-log'
import { userBody } from '@rollcall/testkit/deliveries'
import { createDatabase } from '@rollcall/testkit/postgres'
import { type Certificate, createAuthority, type PrivateAuthority } from '@rollcall/testkit/private-authority'
import { askNode } from '@rollcall/testkit/redis-cluster-view'
import { serverTls, startTlsRedis, type TlsRedisProcess } from '@rollcall/testkit/redis-process'
import { newSecret } from '@rollcall/testkit/svix'
import { uniqueName } from '@rollcall/testkit/unique-name'
import { until } from '@rollcall/testkit/wait'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { startPipeline } from './pipeline.ts'
import { startProcess } from './process.ts'

const PASSWORD = 'correct horse'

let redis: TlsRedisProcess
let ours: { readonly authority: PrivateAuthority; readonly client: Certificate }
let theirs: typeof ours

beforeAll(async () => {
  const create = async () => {
    const authority = await createAuthority(`${inject('testRun').directory}/${uniqueName('authority')}`)
    return { authority, client: await authority.issue('client') }
  }
  ;[ours, theirs] = await Promise.all([create(), create()])
  redis = await startTlsRedis(await serverTls(ours.authority))
  await askNode(redis.url, (node) => node.config('SET', 'requirepass', PASSWORD))
})
afterAll(() => redis.dispose())

interface Access {
  readonly scheme?: string
  readonly password?: string
  readonly host?: string
  readonly port?: number
  readonly ca?: PrivateAuthority | undefined
  readonly client?: Certificate | undefined
}

/** An address that is right but for what is said of it. */
function urlOf(access: Access = {}): string {
  const all = {
    ...{ scheme: 'rediss', password: PASSWORD, host: '127.0.0.1', port: redis.tlsPort },
    ...{ ca: ours.authority, client: ours.client },
    ...access,
  }
  const parameters = new URLSearchParams({
    ...(all.ca && { sslrootcert: all.ca.ca }),
    ...(all.client && { sslcert: all.client.cert, sslkey: all.client.key }),
  })
  const credentials = all.password ? `:${encodeURIComponent(all.password)}@` : ''
  return `${all.scheme}://${credentials}${all.host}:${all.port}/1?${parameters}`
}

test('[Q22] an event reaches its row through a Redis that asks for TLS and for a certificate', async () => {
  await using database = await createDatabase()
  const { log, lines } = captureLog()
  await using pipeline = await startPipeline({ REDIS_URL: urlOf(), DATABASE_URL: database.url }, log)
  const body = userBody({ type: 'user.created', id: 'user_1', occurredAt: 1_000, updatedAt: 1_000, fields: {} })
  expect(await pipeline.send(body, 'msg_1')).toBe(200)
  await pipeline.untilSettled(1, 60_000)
  expect(await pipeline.query('select id from clerk.users')).toEqual([{ id: 'user_1' }])
  expect(lines('queue.errored')).toEqual([])
})

test('[Q26] a user of Redis needs no more rights than docs/redis.md gives it', async () => {
  const page = await readFile(new URL('../docs/redis.md', import.meta.url), 'utf8')
  const [, rules] = /^user rollcall (.*)$/m.exec(page)!
  await askNode(redis.url.replace('//', `//:${encodeURIComponent(PASSWORD)}@`), (node) =>
    node.call('ACL', 'SETUSER', 'rollcall', ...rules!.split(' ')),
  )
  const url = urlOf().replace(/:\/\/[^@]*/, '://rollcall:password')
  await using database = await createDatabase()
  const { log, lines } = captureLog()
  await using pipeline = await startPipeline({ REDIS_URL: url, DATABASE_URL: database.url, QUEUE_SHARDS: '2' }, log)
  const body = userBody({ type: 'user.created', id: 'user_2', occurredAt: 1_000, updatedAt: 1_000, fields: {} })
  expect(await pipeline.send(body, 'msg_2')).toBe(200)
  await pipeline.untilSettled(1, 60_000)
  expect(lines('queue.errored')).toEqual([])
  const check = await withQueue(locationOf(url), (queue) => queue.check())
  expect(check).toMatchObject({ status: 'warned', message: expect.stringContaining('appendfsync unknown') })
  expect(await connectedProcesses(locationOf(url))).toMatchObject({ here: { receivers: 1, workers: 1 } })
})

describe('an address that is wrong', () => {
  const untrusted = 'a certificate that no authority trusted here has signed. Let `sslrootcert` in REDIS_URL'
  // Whether what it says before it hangs up is heard depends on who is quicker.
  const hangsUp = 'that it trusts'
  const wrong: Readonly<Record<string, () => readonly [url: string, sentence: string]>> = {
    'the authority of somebody else': () => [urlOf({ ca: theirs.authority }), untrusted],
    'no authority': () => [urlOf({ ca: undefined }), untrusted],
    'a host that the certificate does not name': () => [urlOf({ host: '127.1' }), 'a certificate for another host'],
    'no certificate of ours': () => [urlOf({ client: undefined }), hangsUp],
    'a certificate that the server does not trust': () => [urlOf({ client: theirs.client }), hangsUp],
    'no TLS where it is spoken': () => [
      urlOf({ scheme: 'redis', ca: undefined, client: undefined }),
      'speaks TLS, and REDIS_URL does not. Write rediss://',
    ],
    'TLS where it is not spoken': () => [urlOf({ port: redis.port }), 'does not speak TLS, which REDIS_URL asks for'],
    'no password': () => [urlOf({ password: '' }), 'asks for a password, and REDIS_URL has none'],
    'a wrong password': () => [urlOf({ password: 'hidden' }), 'refuses the user or the password in REDIS_URL'],
    'Sentinels that are none': () => [
      urlOf({ scheme: 'rediss+sentinel' }).replace('/1?', '/main?sentinelPassword=correct+horse&'),
      'what answers is none',
    ],
    'a cluster that is none': () => [urlOf({ scheme: 'rediss+cluster' }).replace('/1?', '?'), 'and its server is none'],
  }
  test.each(Object.entries(wrong))('[Q24] is told by commands: %s', async (_, make) => {
    const [url, sentence] = make()
    const failure = withQueue(locationOf(url), (queue) => queue.check())
    await expect(failure).rejects.toThrow(sentence)
    await expect(failure).rejects.not.toThrow('hidden')
  })

  test('[Q24] of which every command tells that waits in vain', async () => {
    const [url, sentence] = wrong['no authority']!()
    await expect(withQueue(locationOf(url), (queue) => queue.counts())).rejects.toThrow(sentence)
  })
})

test('[Q24] a process says on /readyz and in its log why it has no queue, and one with the right authority has it', async () => {
  const common = { CLERK_WEBHOOK_SIGNING_SECRET: newSecret(), PORT: '0' }
  const sentence = 'shows a certificate that no authority trusted here has signed'
  {
    await using receiver = startProcess('receiver', { ...common, REDIS_URL: urlOf({ ca: theirs.authority }) })
    const { port } = await receiver.untilLogged('receiver.started', 60_000)
    const errored = await receiver.untilLogged('queue.errored')
    expect(errored).toMatchObject({ error: { code: 'SELF_SIGNED_CERT_IN_CHAIN', message: expect.any(String) } })
    const readyz = async () => {
      const response = await fetch(`http://127.0.0.1:${port}/readyz`)
      return response.status === 503 && (await response.text()).includes(sentence)
    }
    await until(readyz, { timeoutMs: 20_000, what: 'it is said on /readyz' })
    const logged = () => receiver.lines.some((line) => JSON.stringify(line).includes(sentence))
    await until(logged, { timeoutMs: 20_000, what: 'it is said in the log' })
    expect(JSON.stringify(receiver.lines) + receiver.stderr).not.toContain('horse')
  }
  await using receiver = startProcess('receiver', { ...common, REDIS_URL: urlOf() })
  const { port } = await receiver.untilLogged('receiver.started', 60_000)
  const isReady = async () => (await fetch(`http://127.0.0.1:${port}/readyz`)).ok
  await until(isReady, { timeoutMs: 60_000, what: 'it is ready' })
})

function locationOf(url: string): QueueLocation {
  const { REDIS_URL } = loadConfig({ REDIS_URL: variables.REDIS_URL }, { REDIS_URL: url })
  return locateQueue({ REDIS_URL, QUEUE_PREFIX: 'rollcall', DATABASE_SCHEMA: 'clerk', DATABASE_POOL_SIZE: 1 })
}
