import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { deliveryOf } from '@rollcall/testkit/deliveries'
import { newSecret, post, signedRequest } from '@rollcall/testkit/svix'
import { until } from '@rollcall/testkit/wait'
import { createBench } from '@rollcall/worker/test-worker'
import { expect, test } from 'vitest'
import { startProcess } from './process.ts'
import { rollcall } from './rollcall.ts'

/** Whatever moves a cursor, ends a line or turns text round; but for the ends of lines, of which there are ours. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const HEEDED = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029\p{Bidi_Control}]/u

/** Clears the screen, names the window, colours what follows, turns it round, and forges a line. */
const EVIL = 'a\u001b[2J\u001b]0;title\u0007\u001b[31m\u009b2Jb\u202ec\u2028d\u0085e\r\nforged\tapplied\u007f'

/** Longer than 255 characters, it is no type, and the event fails. */
const events = {
  msg_type: { type: `user.${EVIL}`, data: { id: `user_${EVIL}` } },
  msg_entity: { type: 'user.created', instance_id: `ins_${EVIL}`, data: { id: `user_${EVIL}`, first_name: EVIL } },
  msg_failed: `{"type": "user.created", ${EVIL}`,
  [`msg_${EVIL}`]: `no JSON ${EVIL}`,
}

test('[L20] [L21] ids, types and bodies that hold commands for terminals and forged lines are shown by commands and logged as text', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'rollcall-test-injection-'))
  await using opened = new AsyncDisposableStack()
  opened.defer(() => rm(folder, { recursive: true }))
  await using bench = await createBench('redis')
  const { db } = bench.mirror
  await using worker = startProcess('worker', { ...bench.variables, LOG_LEVEL: 'trace' })
  await worker.untilLogged('worker.started')
  await bench.add(Object.entries(events).map(([messageId, body]) => deliveryOf(body, { messageId })))
  const settled = async () => (await db.selectFrom('webhook_events').select('id').execute()).length
  const count = Object.keys(events).length
  await until(async () => (await settled()) === count, { timeoutMs: 60_000, what: 'the events are settled' })
  expect(await worker.end('SIGTERM')).toBe(0)
  // Each line was JSON, or reading them would have failed; and none is one too many.
  expect(worker.lines.filter(({ msg }) => msg === 'event.settled')).toHaveLength(count)
  for (const line of worker.rawLines) expect(line).not.toMatch(HEEDED)

  const ids = (await db.selectFrom('webhook_events').select('id').execute()).map(({ id }) => id)
  const evil = ids.filter((id) => id.includes('forged') || id === 'msg_failed')
  const calls = [
    ['events'],
    ['events', '--json'],
    ['events', '--type', EVIL],
    ['failed'],
    ['failed', '--json'],
    ...evil.map((id) => ['failed', 'show', id, '--body']),
    ['failed', 'show', evil[0]!, '--body', '--json'],
    ['failed', 'show', EVIL],
    ['failed', 'retry', '--dry-run', '--all'],
    ['failed', 'retry', '--dry-run', ...evil],
    ['replay', '--dry-run', '--type', 'user.created'],
    ['status'],
    ['status', '--json'],
    ['doctor'],
    ['send', EVIL],
    [EVIL],
  ]
  const outputs = await Promise.all(calls.map((words) => rollcall(folder, words, bench.variables)))
  for (const [i, { stdout, stderr }] of outputs.entries()) {
    expect(stdout + stderr, JSON.stringify(calls[i])).not.toMatch(HEEDED)
    expect((stdout + stderr).length).toBeGreaterThan(0)
    expect(stdout, 'a line of ours').not.toMatch(/^forged/m)
  }
  expect(outputs[0]!.stdout.trimEnd().split('\n')).toHaveLength(count + 1)
}, 400_000)

test('[L20] headers that hold commands for terminals are not logged, or as text', async () => {
  const secret = newSecret()
  await using receiver = startProcess('receiver', {
    CLERK_WEBHOOK_SIGNING_SECRET: secret,
    REDIS_URL: 'redis://127.0.0.1:1',
    LOG_LEVEL: 'trace',
    PORT: '0',
  })
  const { port } = await receiver.untilLogged('receiver.started')
  const url = `http://127.0.0.1:${port}/api/webhooks`
  // What a header can hold of those: Node refuses the others.
  const word = 'msg_\u0085x\u009b2Jy\u009f'
  for (const name of [
    'svix-id',
    'svix-signature',
    'x-forwarded-for',
    'user-agent',
    'traceparent',
    'content-type',
    'host',
  ]) {
    const { headers, body } = signedRequest({ secret, body: '{}', ...(name === 'svix-id' && { messageId: word }) })
    await post(url, {
      headers: { ...headers, [name]: name === 'content-type' ? `application/json; ${word}` : word },
      body,
    })
  }
  await receiver.untilLogged('webhook.deferred')
  await receiver.end('SIGTERM')
  expect(receiver.lines.map(({ msg }) => msg)).toEqual(expect.arrayContaining(['webhook.refused', 'webhook.deferred']))
  for (const line of receiver.rawLines) expect(line).not.toMatch(HEEDED)
})
