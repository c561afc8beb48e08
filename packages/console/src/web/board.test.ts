import { randomBytes } from 'node:crypto'
import { bodyCodecFor } from '@rollcall/queue/body-codec'
import { locateQueue, openQueue } from '@rollcall/queue/open-queue'
import { deliveryOf } from '@rollcall/testkit/deliveries'
import { BACKENDS } from '@rollcall/testkit/queue'
import { describe, expect, test } from 'vitest'
import { bearer, startTestConsole, type TestConsole, TOKEN } from '../test-console.ts'
import { maskJob } from './board.ts'

const BODY = {
  type: 'email.created',
  data: { id: 'ema_1', user_id: 'user_ada', otp_code: '424242', body: 'is 424242' },
}
const JOB = 'msg_board'

async function putOnQueue(console: TestConsole): Promise<void> {
  const queue = openQueue(locateQueue(console.queueVariables), () => undefined)
  try {
    await queue.add([deliveryOf(BODY, { messageId: JOB })])
  } finally {
    await queue.close()
  }
}

describe.each(BACKENDS)('on %s', (backend) => {
  test('[X10] Bull Board shows the queue, with jobs masked, and changes nothing', async () => {
    await using rollcall = await startTestConsole({ CONSOLE_TOKEN: TOKEN }, backend)
    await putOnQueue(rollcall)

    const page = await rollcall.get('/queues', bearer)
    expect(page.status).toBe(200)
    expect(page.text).not.toMatch(/https?:\/\//)
    expect(page.headers.get('content-security-policy')).toMatch(/base-uri 'self'$/)

    const listed = await rollcall.get('/queues/api/queues?activeQueue=webhooks&status=waiting&page=1', bearer)
    const job = await rollcall.get(`/queues/api/queues/webhooks/${JOB}`, bearer)
    for (const { status, text } of [listed, job]) {
      expect(status).toBe(200)
      expect(text).toContain('user_ada')
      expect(text).not.toContain('424242')
    }

    for (const method of ['PUT', 'POST', 'PATCH', 'DELETE']) {
      for (const path of ['pause', 'empty', 'obliterate', `${JOB}/clean`, 'retry/failed', 'add']) {
        const response = await rollcall.request(`/queues/api/queues/webhooks/${path}`, { method, headers: bearer })
        expect(response.status, `${method} ${path}`).toBe(405)
      }
    }
    expect(JSON.parse((await rollcall.get('/queues/api/queues', bearer)).text).queues[0].counts.waiting).toBe(1)
  })
})

test('[X10] no page of the board asks for more than a hundred jobs', async () => {
  await using rollcall = await startTestConsole()
  for (const asked of ['101', '1e6', 'Infinity', 'NaN', 'x', '-0x1']) {
    expect((await rollcall.get(`/queues/api/queues?jobsPerPage=${asked}`, bearer)).status, asked).toBe(400)
  }
  expect((await rollcall.get('/queues/api/queues?jobsPerPage=1&jobsPerPage=1000', bearer)).status).toBe(400)
  expect((await rollcall.get('/queues/api/queues?jobsPerPage=100', bearer)).status).toBe(200)
})

test('[X10] a job that is no delivery of ours is not shown', () => {
  const codec = bodyCodecFor({})
  expect(maskJob({ anything: 'else' }, codec)).toBeNull()
  expect(maskJob({ body: 'otp=424242', encoding: 'rot13' }, codec)).toEqual({
    body: expect.not.stringContaining('424242'),
  })
  expect(maskJob(deliveryOf('otp=424242'), codec)).toMatchObject({ body: expect.not.stringContaining('424242') })
})

test('[Q45] Bull Board shows encrypted bodies, masked, where the key is there, and else says what is missing', async () => {
  const key = randomBytes(32).toString('base64')
  const withKey = { CONSOLE_TOKEN: TOKEN, QUEUE_ENCRYPTION_KEY: key }
  await using rollcall = await startTestConsole(withKey)
  await putOnQueue(rollcall)
  const paths = ['/queues/api/queues?activeQueue=webhooks&status=waiting&page=1', `/queues/api/queues/webhooks/${JOB}`]
  for (const path of paths) {
    const { status, text } = await rollcall.get(path, bearer)
    expect(status).toBe(200)
    expect(text).toContain('user_ada')
    for (const secret of ['424242', key]) expect(text).not.toContain(secret)
  }

  const { REDIS_URL, QUEUE_PREFIX } = rollcall.queueVariables
  const sameQueue = { CONSOLE_TOKEN: TOKEN, REDIS_URL: REDIS_URL!.join(','), QUEUE_PREFIX }
  await using keyless = await startTestConsole(sameQueue)
  const otherKey = { ...sameQueue, QUEUE_ENCRYPTION_KEY: randomBytes(32).toString('base64') }
  await using mistaken = await startTestConsole(otherKey)
  for (const path of paths) {
    for (const [console, told] of [
      [keyless, 'QUEUE_ENCRYPTION_KEY is not set here'],
      [mistaken, 'not in QUEUE_ENCRYPTION_KEY here'],
    ] as const) {
      const { status, text } = await console.get(path, bearer)
      expect(status).toBe(200)
      expect(text).toContain(JOB)
      expect(text).toContain(told)
      expect(text).not.toContain('user_ada')
    }
  }
})
