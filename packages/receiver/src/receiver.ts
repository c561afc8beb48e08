import { createServer } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { locateQueue, openQueue } from '@rollcall/queue/open-queue'
import { errorLog } from '@rollcall/shared/error-log'
import type { Logger } from '@rollcall/shared/log'
import { closeServer, listen, portOf, startOpsServer } from '@rollcall/shared/ops-server'
import { failed, passed, readiness } from '@rollcall/shared/readiness'
import { openTracing } from '@rollcall/tracing/open-tracing'
import { createApp } from './app.ts'
import type { Config } from './config.ts'
import { createDeliveryTraces } from './delivery-traces.ts'
import { createEnqueue } from './enqueue.ts'
import { createJudgeSource } from './judge-source.ts'
import { endableKeepAlive } from './keep-alive.ts'
import { limitConnections } from './limit-connections.ts'
import { createMetrics } from './metrics.ts'
import { createReceive } from './receive.ts'
import { createRequestTraces } from './request-traces.ts'
import { createSenderAddress } from './sender-address.ts'
import { createVerify } from './verify.ts'
import { startQueueWatch } from './watch-queue.ts'

export interface Receiver extends AsyncDisposable {
  readonly port: number
  readonly opsPort: number
}

/** Svix gives up after 15 s; a sender slower than that is holding a connection for nothing. */
const REQUEST_TIMEOUT_MS = 15_000

/** How often slow requests are looked for. Node's own 30 s would let a sender be slow for three times as long. */
const SLOW_REQUESTS_SWEEP_MS = 1_000

/** Starts the receiver. It serves whether or not the queue is there: that is told by `/readyz` and by 503. */
export async function startReceiver(config: Config, log: Logger): Promise<Receiver> {
  await using opened = new AsyncDisposableStack()

  const tracing = await openTracing(config, 'receiver', log)
  opened.defer(() => tracing?.close())

  const onQueueError = errorLog(log, 'queue.errored')
  const queue = openQueue(locateQueue(config), onQueueError, 'receiver')
  opened.defer(() => queue.close())
  let isStopping = false
  const checks = {
    process: () => (isStopping ? failed('it has been told to stop') : passed('it runs')),
    queue: () => queue.check(),
  }

  const metrics = createMetrics()
  const watch = startQueueWatch({ queue, metrics, onError: onQueueError })
  opened.defer(() => watch.close())

  const ops = await startOpsServer({ port: config.OPS_PORT, checks, metrics })
  opened.defer(() => ops.close())

  const app = createApp({
    receive: createReceive({
      verify: createVerify(config.CLERK_WEBHOOK_SIGNING_SECRET),
      enqueue: createEnqueue(queue, tracing && createDeliveryTraces(tracing)),
      metrics,
      log,
      now: Date.now,
    }),
    checks,
    metrics,
    traces: tracing && createRequestTraces(tracing, Date.now),
    senderAddress: createSenderAddress(config.TRUST_PROXY),
    judgeSource: config.ALLOWED_SOURCES && createJudgeSource(config.ALLOWED_SOURCES),
    log,
  })
  const server = createServer(serverOptions(config), app)
  limitConnections(server)
  const keepAlive = endableKeepAlive(server)
  await listen(server, config.PORT, 'PORT')
  opened.defer(() => closeServer(server))
  opened.defer(async () => {
    isStopping = true
    keepAlive.end()
    // A balancer that has not seen yet that this one is not ready goes on sending, and is answered [S2].
    await sleep(config.SHUTDOWN_DRAIN_MS)
  })

  const state = await readiness(checks)
  const ready = { port: portOf(server), opsPort: ops.port, backend: queue.backend, ...state }
  if (Object.values(state.checks).every((check) => check.status === 'passed')) log.info(ready, 'receiver.started')
  else log.warn(ready, 'receiver.started')

  const open = opened.move()
  return { port: portOf(server), opsPort: ops.port, [Symbol.asyncDispose]: () => open.disposeAsync() }
}

/** An idle connection must outlive the load balancer's interest in it. */
const serverOptions = (config: Config) => ({
  keepAliveTimeout: config.KEEP_ALIVE_TIMEOUT_MS,
  headersTimeout: REQUEST_TIMEOUT_MS,
  requestTimeout: REQUEST_TIMEOUT_MS,
  connectionsCheckingInterval: SLOW_REQUESTS_SWEEP_MS,
})
