import { createQueue, type TestQueue } from '@rollcall/testkit/queue'
import { runSeed } from '@rollcall/testkit/seed'
import { newSecret } from '@rollcall/testkit/svix'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type RunningProcess, startProcess } from '../process.ts'
import { receiveRound, type Target } from './receive-round.ts'
import { besiege } from './siege.ts'

const seed = runSeed()
const secret = newSecret()
const opened = new AsyncDisposableStack()
let queue: TestQueue
let receiver: RunningProcess
let target: Target

beforeAll(async () => {
  queue = opened.use(await createQueue('redis'))
  const variables = { PORT: '0', CLERK_WEBHOOK_SIGNING_SECRET: secret, LOG_LEVEL: 'info', ...queue.variables }
  receiver = opened.use(startProcess('receiver', variables))
  const { port, opsPort } = await receiver.untilLogged('receiver.started')
  target = { port: Number(port), opsPort: Number(opsPort), secret }
})
afterAll(() => opened.disposeAsync())

test(`[R20] whatever is sent is answered 2xx, 4xx or 503, in order, or not at all; what is answered 200 is there (seed ${seed})`, async () => {
  const { acknowledged, good } = await receiveRound(target, { count: 1_000, seed, atOnce: 24 }, () => {})

  expect(acknowledged.length).toBeGreaterThan(100)
  const ids = new Set((await queue.jobs()).map((job) => job.delivery.messageId))
  expect([...acknowledged, ...good.acknowledged].filter((id) => !ids.has(id))).toEqual([])
  expect(receiver.lines.filter((line) => line.msg === 'request.failed')).toEqual([])
})

test('[R21] who opens connections and does not send, or does not take, is shut out, and the others are served', async () => {
  const { stood, good } = await besiege(target, 200)

  expect(stood).toBeGreaterThan(150)
  expect(good.acknowledged.length).toBeGreaterThan(0)
})
