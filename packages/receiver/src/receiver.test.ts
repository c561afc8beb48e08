import { captureLog } from '@rollcall/testkit/captured-log'
import { BACKENDS, createQueue, type TestQueue } from '@rollcall/testkit/queue'
import { newSecret, post, signedRequest } from '@rollcall/testkit/svix'
import { until } from '@rollcall/testkit/wait'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestReceiver, type TestReceiver } from './test-receiver.ts'

const SECRET = newSecret()
const EVENT = '{"type":"user.created","data":{"id":"user_1"}}'

describe.each(BACKENDS)('the receiver with its queue in %s', (backend) => {
  let queue: TestQueue
  let receiver: TestReceiver
  const opened = new AsyncDisposableStack()
  const captured = captureLog()

  beforeAll(async () => {
    queue = opened.use(await createQueue(backend))
    const variables = { CLERK_WEBHOOK_SIGNING_SECRET: SECRET, ...queue.variables }
    receiver = opened.use(await startTestReceiver(variables, captured.log))
  })
  afterAll(() => opened.disposeAsync())

  const send = (body: string | Buffer, messageId: string) =>
    post(receiver.webhookUrl, signedRequest({ secret: SECRET, body, messageId }))
  const jobsOf = async (messageId: string) => (await queue.jobs()).filter((job) => job.delivery.messageId === messageId)

  test('[Q4] it is ready, and says what it found of its queue', async () => {
    const isReady = async () => {
      const response = await fetch(receiver.readyUrl)
      return response.ok && response
    }
    const response = await until(isReady, { timeoutMs: 20_000, what: 'it is ready' })
    expect(await response.json()).toMatchObject({ ready: true, checks: { queue: { message: expect.any(String) } } })
    expect(captured.lines('receiver.started')).toEqual([expect.objectContaining({ backend, ready: true })])
  })

  test('[R11] it keeps idle connections longer than load balancers do, and says so', async () => {
    const response = await fetch(receiver.readyUrl)
    expect(response.headers.get('keep-alive')).toBe('timeout=75')
  })

  test('[Q1] when 200 comes the event is on the queue, as it was delivered', async () => {
    const before = Date.now()

    expect((await send(EVENT, 'msg_first')).status).toBe(200)

    const jobs = await jobsOf('msg_first')
    expect(jobs).toMatchObject([{ id: 'msg_first', state: 'waiting', attemptsMade: 0 }])
    const { body, encoding, receivedAt } = jobs[0]!.delivery
    expect({ body, encoding }).toEqual({ body: EVENT, encoding: 'utf8' })
    expect(receivedAt).toBeGreaterThanOrEqual(before)
  })

  test('[Q2] the same message twice, one after the other and at once, is one job', async () => {
    await send(EVENT, 'msg_twice')
    const answers = await Promise.all([send(EVENT, 'msg_twice'), send(EVENT, 'msg_twice')])

    expect(answers.map((answer) => answer.status)).toEqual([200, 200])
    expect(await jobsOf('msg_twice')).toHaveLength(1)
  })

  const bodies = {
    nothing: Buffer.alloc(0),
    'no JSON': Buffer.from('hello'),
    'bytes that are not UTF-8': Buffer.from([0x7b, 0xff, 0xc3, 0x28, 0xed, 0xa0, 0x80, 0x7d]),
    'U+0000': Buffer.from('{"type":"user.updated\u0000"}'),
    'escapes of U+0000 and of a lone surrogate': Buffer.from('{"a":"\\u0000","b":"\\ud800"}'),
    'a byte order mark': Buffer.from('\ufeff\ufeff{}'),
    'a megabyte': Buffer.alloc(1_048_576, 'ž'),
    'text beyond the basic plane': Buffer.from('"👩‍🚀 李"'),
  }
  test.each(Object.entries(bodies))('[R5] a body of %s comes out of the queue to the byte', async (what, body) => {
    const messageId = `msg_body_${what.replaceAll(/\W/g, '_')}`
    // Svix's library signs a byte order mark that is in its text; a verifier decodes it away.
    const signed = signedRequest({ secret: SECRET, messageId, body: new TextDecoder().decode(body) })

    expect((await post(receiver.webhookUrl, { ...signed, body })).status).toBe(200)

    const [job] = await jobsOf(messageId)
    expect(Buffer.from(job!.delivery.body, job!.delivery.encoding).equals(body)).toBe(true)
  })

  test.each(['msg:with:colons', '1234567890', '0', 'a b/{c}', 'msg_é', 'x'.repeat(300), '__proto__'])(
    '[R5] the id %s is taken, and is one job however often it comes',
    async (messageId) => {
      expect((await send(EVENT, messageId)).status).toBe(200)
      const before = await queue.jobs()
      expect((await send(EVENT, messageId)).status).toBe(200)

      expect(await queue.jobs()).toHaveLength(before.length)
      const known = messageId.length > 255 ? expect.stringMatching(/^sha256-/) : messageId
      expect(before.map((job) => job.delivery.messageId)).toContainEqual(known)
    },
  )
})

describe.each(BACKENDS)('a message that comes again, with the queue in %s', (backend) => {
  test('[Q2] runs again if its job has failed, with all its attempts, and once however often it comes', async () => {
    await using queue = await createQueue(backend)
    const variables = { CLERK_WEBHOOK_SIGNING_SECRET: SECRET, ...queue.variables }
    await using receiver = await startTestReceiver(variables, captureLog().log)
    const send = () => post(receiver.webhookUrl, signedRequest({ secret: SECRET, body: EVENT, messageId: 'msg_1' }))
    await send()
    await queue.failNext()
    expect(await queue.jobs()).toMatchObject([{ id: 'msg_1', state: 'failed', attemptsMade: 1 }])

    expect((await send()).status).toBe(200)
    expect(await queue.jobs()).toMatchObject([{ id: 'msg_1', state: 'waiting', attemptsMade: 0 }])
    expect((await send()).status).toBe(200)
    expect(await queue.jobs()).toMatchObject([{ id: 'msg_1', state: 'waiting', attemptsMade: 0 }])

    await queue.failNext()
    const together = await Promise.all([send(), send(), send()])
    expect(together.map((response) => response.status)).toEqual([200, 200, 200])
    expect(await queue.jobs()).toMatchObject([{ id: 'msg_1', state: 'waiting', attemptsMade: 0 }])
  })
})
