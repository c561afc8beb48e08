import { PipelineError } from '@rollcall/shared/errors'
import { samplesOf } from '@rollcall/testkit/samples'
import { expect, test } from 'vitest'
import { createMetrics } from './metrics.ts'
import { startTestApp } from './test-app.ts'

test('[P5] each answer to the webhook path is counted by status and reason, and how long verifying and queueing took', async () => {
  const metrics = createMetrics()
  const refusals: Error[] = [new PipelineError('queue_full', 'no room'), new Error('who knows')]
  await using app = await startTestApp({
    metrics,
    enqueue: async ({ body }) => {
      if (body === 'refuse') throw refusals.shift()
    },
  })
  await app.send('{}')
  await app.send('{}')
  await app.send('refuse')
  await app.send('refuse')
  await app.send('{}', { 'svix-signature': 'v1,bm8=' })
  await app.send('{}', { 'svix-id': '' })
  await app.send('{}', { 'content-type': 'text/plain' })
  await app.send(Buffer.alloc(1_048_577))
  await fetch(app.webhookUrl)
  await fetch(`${app.url}/.env`)

  const text = await metrics.metrics()
  expect(samplesOf(text, 'rollcall_webhooks_total')).toEqual({
    'status="200",reason="accepted"': 2,
    'status="503",reason="queue_full"': 1,
    'status="503",reason="unexpected"': 1,
    'status="400",reason="signature_invalid"': 1,
    'status="400",reason="header_missing"': 1,
    'status="415",reason="unsupported_media_type"': 1,
    'status="413",reason="body_too_large"': 1,
    'status="405",reason="method_not_allowed"': 1,
  })
  expect(samplesOf(text, 'rollcall_webhook_verification_seconds_count')).toEqual({ '': 6 })
  expect(samplesOf(text, 'rollcall_webhook_enqueue_seconds_count')).toEqual({ '': 4 })
})
