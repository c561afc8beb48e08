import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressRange } from '@rollcall/shared/allowed-sources'
import type { Delivery } from '@rollcall/shared/delivery'
import { closeServer, portOf } from '@rollcall/shared/ops-server'
import { type Checks, passed } from '@rollcall/shared/readiness'
import { captureLog, type LogLine } from '@rollcall/testkit/captured-log'
import { newSecret, post, type SignedRequest, signedRequest } from '@rollcall/testkit/svix'
import { createApp } from './app.ts'
import { WEBHOOK_PATH } from './config.ts'
import type { Enqueue } from './enqueue.ts'
import { createJudgeSource } from './judge-source.ts'
import { createMetrics, type ReceiverMetrics } from './metrics.ts'
import { createReceive } from './receive.ts'
import { createSenderAddress, type TrustProxy } from './sender-address.ts'
import { createVerify } from './verify.ts'

export interface TestApp extends AsyncDisposable {
  readonly secret: string
  readonly server: Server
  readonly url: string
  readonly webhookUrl: string
  /** What was handed to the queue, unless the test has its own. */
  readonly enqueued: readonly Delivery[]
  /** Posts a body that is signed with the app's secret. */
  send(body: string | Buffer, headers?: SignedRequest['headers']): Promise<Response>
  logText(): string
  logLines(event: string): LogLine[]
}

/** The receiver's app behind a real server, without a queue. */
export async function startTestApp(
  parts: {
    readonly enqueue?: Enqueue
    readonly checks?: Checks
    readonly metrics?: ReceiverMetrics
    readonly trustProxy?: TrustProxy
    readonly allowedSources?: readonly AddressRange[]
  } = {},
): Promise<TestApp> {
  const secret = newSecret()
  const captured = captureLog()
  const enqueued: Delivery[] = []
  const metrics = parts.metrics ?? createMetrics()
  const { log } = captured
  const app = createApp({
    receive: createReceive({
      verify: createVerify([secret]),
      enqueue: parts.enqueue ?? (async (delivery) => void enqueued.push(delivery)),
      metrics,
      log,
      now: Date.now,
    }),
    checks: parts.checks ?? { queue: () => passed('as in a test') },
    metrics,
    senderAddress: createSenderAddress(parts.trustProxy ?? 'loopback'),
    judgeSource: parts.allowedSources && createJudgeSource(parts.allowedSources),
    log,
  })
  const server = createServer(app).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${portOf(server)}`
  const webhookUrl = `${url}${WEBHOOK_PATH}`

  return {
    secret,
    server,
    url,
    webhookUrl,
    enqueued,
    send(body, headers = {}) {
      const signed = signedRequest({ secret, body })
      return post(webhookUrl, { body, headers: { ...signed.headers, ...headers } })
    },
    logText: captured.text,
    logLines: captured.lines,
    [Symbol.asyncDispose]: () => closeServer(server),
  }
}
