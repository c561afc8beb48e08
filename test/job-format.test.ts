import { startTestReceiver } from '@rollcall/receiver/test-receiver'
import { captureLog } from '@rollcall/testkit/captured-log'
import { userBody } from '@rollcall/testkit/deliveries'
import { createQueue } from '@rollcall/testkit/queue'
import { newSecret, post, signedRequest } from '@rollcall/testkit/svix'
import { until } from '@rollcall/testkit/wait'
import { createBench } from '@rollcall/worker/test-worker'
import { expect, test } from 'vitest'

/** What a job has held since 0.1.0. A worker of that version needs all of it, and looks at nothing else. */
const SINCE_0_1_0 = {
  messageId: 'msg_1',
  attemptedAt: 1_764_000_000_000,
  receivedAt: 1_764_000_000_500,
  body: JSON.stringify(userBody({ type: 'user.created', id: 'user_1', occurredAt: 1_764_000_000_000 })),
  encoding: 'utf8' as const,
}

test('[S3] a job that an older version put on the queue is applied, and so is one with fields of a newer version', async () => {
  await using bench = await createBench('redis')
  const newer = { ...SINCE_0_1_0, messageId: 'msg_2', region: 'eu', urgent: true }
  await bench.add([SINCE_0_1_0, newer])

  await using _worker = await bench.startWorker(captureLog().log)
  const ledger = () =>
    bench.mirror.db.selectFrom('webhook_events').select(['id', 'outcome', 'attempts']).orderBy('id').execute()
  await until(async () => (await ledger()).length === 2, { timeoutMs: 60_000, what: 'both are settled' })
  expect(await ledger()).toMatchObject([
    { id: 'msg_1', attempts: 1, outcome: expect.stringMatching(/^(applied|stale)$/) },
    { id: 'msg_2', attempts: 1, outcome: expect.stringMatching(/^(applied|stale)$/) },
  ])
})

test('[S3] what the receiver puts on the queue has all that an older worker needs', async () => {
  await using queue = await createQueue('redis')
  const secret = newSecret()
  await using receiver = await startTestReceiver(
    { ...queue.variables, CLERK_WEBHOOK_SIGNING_SECRET: secret },
    captureLog().log,
  )
  const { messageId, body } = SINCE_0_1_0
  expect((await post(receiver.webhookUrl, signedRequest({ secret, messageId, body }))).status).toBe(200)

  const [job] = await queue.jobs()
  expect(job!.delivery).toMatchObject({
    messageId,
    attemptedAt: expect.any(Number),
    receivedAt: expect.any(Number),
    body,
    encoding: 'utf8',
  })
})
