import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { SPAN_ATTRIBUTES, SPANS } from '@rollcall/shared/tracing'
import { captureLog } from '@rollcall/testkit/captured-log'
import { deliveryOf, userBody } from '@rollcall/testkit/deliveries'
import { createDatabase } from '@rollcall/testkit/postgres'
import { BACKENDS, type Backend, createQueue, seeQueue } from '@rollcall/testkit/queue'
import { newSecret, post, signedRequest } from '@rollcall/testkit/svix'
import { until } from '@rollcall/testkit/wait'
import { createBench, ledgerOf } from '@rollcall/worker/test-worker'
import { describe, expect, test } from 'vitest'
import { type Collector, type ExportedSpan, startCollector } from './otlp-collector.ts'
import { type Pipeline, sendAll, startPipeline } from './pipeline.ts'
import { startProcess } from './process.ts'

/** Whole processes take their time to start on a busy machine. */
const PATIENCE_MS = 60_000

const TRACEPARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'

const user = (id: string, fields = {}) =>
  userBody({ type: 'user.created', id, occurredAt: Date.now(), updatedAt: Date.now(), fields })

interface Traced {
  readonly collector: Collector
  /** The spans of the trace in which a message is. */
  spansOf(messageId: string): readonly ExportedSpan[]
}

/** Runs a receiver and a worker, and tells what they exported until they had stopped. */
async function traced(
  backend: Backend,
  run: (pipeline: Pipeline, queue: ReturnType<typeof seeQueue>) => Promise<void>,
  over: Readonly<Record<string, string>> = {},
): Promise<Traced> {
  await using collector = await startCollector()
  await using database = await createDatabase({ session: backend === 'postgres' })
  await using queue = backend === 'redis' ? await createQueue('redis') : undefined
  const variables = { ...queue?.variables, DATABASE_URL: database.url, OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint }
  {
    await using pipeline = await startPipeline({ ...variables, ...over }, captureLog().log)
    await run(pipeline, seeQueue(variables))
  }
  return {
    collector,
    spansOf(messageId) {
      const first = collector.spans.find(({ attributes }) => attributes['rollcall.message.id'] === messageId)
      return collector.spans.filter(({ traceId }) => traceId === first?.traceId)
    },
  }
}

const byName = (spans: readonly ExportedSpan[], name: keyof typeof SPANS): ExportedSpan => {
  const found = spans.filter((span) => span.name === name)
  expect(found, `one span ${name} among ${spans.map((span) => span.name)}`).toHaveLength(1)
  return found[0]!
}

describe.each(BACKENDS)('traces on %s', (backend) => {
  test('[L4] one trace from the request through the job to the transaction, going on from the request that came', async () => {
    const { collector, spansOf } = await traced(backend, async ({ url, secret, untilSettled }) => {
      const signed = signedRequest({ secret, messageId: 'msg_1', body: JSON.stringify(user('user_1')) })
      const headers = { ...signed.headers, traceparent: TRACEPARENT }
      expect((await post(url, { ...signed, headers })).status).toBe(200)
      await untilSettled(1, PATIENCE_MS)
    })

    const spans = spansOf('msg_1')
    const [request, add, process, transaction] = (
      ['POST /api/webhooks', 'webhooks add', 'webhooks process', 'mirror transaction'] as const
    ).map((name) => byName(spans, name)) as [ExportedSpan, ExportedSpan, ExportedSpan, ExportedSpan]
    expect(spans).toHaveLength(4)
    expect(request.traceId).toBe('0af7651916cd43dd8448eb211c80319c')
    expect([request, add, process, transaction].map((span) => span.parentSpanId)).toEqual([
      'b7ad6b7169203331',
      request.spanId,
      add.spanId,
      process.spanId,
    ])
    expect(request).toMatchObject({
      service: 'rollcall-receiver',
      attributes: { 'http.response.status_code': 200, 'rollcall.message.id': 'msg_1' },
    })
    expect(add).toMatchObject({ service: 'rollcall-receiver', attributes: { 'messaging.batch.message_count': 1 } })
    expect(process).toMatchObject({
      service: 'rollcall-worker',
      attributes: {
        'rollcall.message.id': 'msg_1',
        'rollcall.event.type': 'user.created',
        'rollcall.entity.id': 'user_1',
        'rollcall.outcome': 'applied',
        'rollcall.attempts': 1,
      },
    })
    expect(transaction).toMatchObject({ service: 'rollcall-worker', attributes: { 'rollcall.batch.size': 1 } })
    expect(spans.map((span) => span.status.code ?? 0)).toEqual([0, 0, 0, 0])

    const batch = byName(collector.spans, 'mirror batch')
    expect(batch.traceId).not.toBe(request.traceId)
    expect(batch.links).toEqual([{ traceId: process.traceId, spanId: process.spanId }])
    expect(transaction.links).toEqual([{ traceId: batch.traceId, spanId: batch.spanId }])
  })
})

test('[L6] events that are settled together each have their own trace; what went wrong in one is told by our code alone', async () => {
  const count = 20
  const { collector, spansOf } = await traced(
    'redis',
    async (pipeline, queue) => {
      await pipeline.query("alter table clerk.users add constraint poison check (first_name <> 'Poison')")
      // Nothing is settled until all jobs are in hand: so they are settled together.
      await pipeline.query('begin')
      await pipeline.query('lock table clerk.users in exclusive mode')
      const messages = Array.from({ length: count }, (_, i) => ({
        messageId: `msg_${i}`,
        body: user(`user_${i}`, { first_name: i === 7 ? 'Poison' : 'Ada' }),
      }))
      expect(new Set(await sendAll(pipeline, messages, count))).toEqual(new Set([200]))
      const areInHand = async () => (await queue.jobs()).every(({ state }) => state === 'active')
      await until(areInHand, { timeoutMs: PATIENCE_MS, what: 'all jobs are in hand' })
      await pipeline.query('commit')
      await pipeline.untilSettled(count, PATIENCE_MS)
    },
    { BATCHES_IN_FLIGHT: '1' },
  )

  const traces = Array.from({ length: count }, (_, i) => spansOf(`msg_${i}`))
  expect(new Set(traces.map((spans) => spans[0]?.traceId)).size).toBe(count)
  for (const [i, spans] of traces.entries()) {
    const process = byName(spans, 'webhooks process')
    const isPoison = i === 7
    expect(process.parentSpanId).toBe(byName(spans, 'webhooks add').spanId)
    expect(process.attributes).toMatchObject({
      'rollcall.message.id': `msg_${i}`,
      'rollcall.entity.id': `user_${i}`,
      'rollcall.outcome': isPoison ? 'failed' : 'applied',
    })
    expect(process.status).toEqual(isPoison ? { code: 2, message: 'row_rejected' } : { code: 0 })
    const transactions = spans.filter((span) => span.name === 'mirror transaction')
    expect(transactions.every((span) => span.parentSpanId === process.spanId)).toBe(true)
    expect(transactions.filter((span) => span.status.code !== 2)).toHaveLength(1)
    expect(spans).toHaveLength(3 + transactions.length)
  }

  const batches = collector.spans.filter((span) => span.name === 'mirror batch')
  expect(Math.max(...batches.map((batch) => Number(batch.attributes['rollcall.batch.size'])))).toBeGreaterThan(5)
  for (const batch of batches) {
    const own = collector.spans.filter((span) => span.links.some(({ spanId }) => spanId === batch.spanId))
    expect(own).toHaveLength(Number(batch.attributes['rollcall.batch.size']))
    expect(new Set(own.map((span) => span.parentSpanId))).toEqual(new Set(batch.links.map(({ spanId }) => spanId)))
    expect(own.every((span) => span.status.code === batch.status.code)).toBe(true)
  }
  expect(collector.bodies()).not.toMatch(/Poison|constraint|violates/)
})

test('[L5] nothing of a payload, a header or a secret is exported, and strangers are not traced', async () => {
  const secrets: string[] = []
  const { collector } = await traced(
    'redis',
    async ({ url, secret, untilSettled }) => {
      const send = (messageId: string, body: string, key = secret) => {
        const signed = signedRequest({ secret: key, messageId, body })
        const extra = {
          tracestate: 'vendor=canary-1',
          baggage: 'user=canary-2',
          cookie: 'canary-3',
          authorization: 'canary-4',
        }
        return post(`${url}?token=canary-5`, { ...signed, headers: { ...signed.headers, ...extra } })
      }
      await send(
        'msg_1',
        JSON.stringify(user('user_1', { first_name: 'canary-6', private_metadata: { code: 'canary-7' } })),
      )
      await send('msg_2', 'canary-8, which is not JSON')
      expect((await send('msg_3', JSON.stringify(user('user_3')), newSecret())).status).toBe(400)
      await untilSettled(2, PATIENCE_MS)
      secrets.push(secret.slice('whsec_'.length))
    },
    { OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20canary-9,x-tenant=acme' },
  )

  expect(collector.headers()).toMatchObject({ authorization: 'Bearer canary-9', 'x-tenant': 'acme' })
  expect(collector.bodies()).toContain('msg_2')
  expect(collector.bodies()).not.toMatch(/canary|msg_3|user_3/)
  for (const secret of secrets) expect(collector.bodies()).not.toContain(secret)
  const names = new Set(collector.spans.flatMap(({ attributes }) => Object.keys(attributes)))
  expect([...names].filter((name) => !(name in SPAN_ATTRIBUTES))).toEqual([])
})

test('[L6] of a share only the sampled traces are sent: whole, and what goes on from a sampled one', async () => {
  const { collector } = await traced(
    'redis',
    async ({ url, secret, send, untilSettled }) => {
      await send(user('user_1'), 'msg_1')
      const signed = signedRequest({ secret, messageId: 'msg_2', body: JSON.stringify(user('user_2')) })
      await post(url, { ...signed, headers: { ...signed.headers, traceparent: TRACEPARENT } })
      await untilSettled(2, PATIENCE_MS)
    },
    { OTEL_TRACES_SAMPLER_ARG: '0' },
  )

  expect(collector.spans.map(({ name }) => name).sort()).toEqual(Object.keys(SPANS).sort())
  expect(collector.bodies()).not.toContain('msg_1')
})

test.each(BACKENDS)(
  '[L6] a job on %s that was put there without a trace is done, in a trace of its own',
  async (backend) => {
    await using collector = await startCollector()
    await using bench = await createBench(backend)
    {
      await using _worker = await bench.startWorker(captureLog().log, {
        OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint,
      })
      await bench.add([deliveryOf(user('user_1'), { messageId: 'msg_1' })])
      await ledgerOf(bench.mirror, 1, PATIENCE_MS)
    }
    expect(byName(collector.spans, 'webhooks process')).toMatchObject({
      parentSpanId: undefined,
      attributes: { 'rollcall.message.id': 'msg_1', 'rollcall.outcome': 'applied' },
    })
  },
)

/** Tells on standard error which files of OpenTelemetry's are loaded. */
const TELL_LOADED = `--import=data:text/javascript,${encodeURIComponent(`
  import { registerHooks } from 'node:module'
  registerHooks({
    load(url, context, next) {
      if (url.includes('@opentelemetry')) process.stderr.write('loaded ' + url + '\\n')
      return next(url, context)
    },
  })`)}`

test(
  '[L4] without an endpoint nothing of the SDK is loaded',
  async () => {
    await using queue = await createQueue('redis')
    const common = { ...queue.variables, NODE_OPTIONS: TELL_LOADED }
    const variables = {
      receiver: { ...common, CLERK_WEBHOOK_SIGNING_SECRET: newSecret(), PORT: '0' },
      worker: { ...common, DATABASE_URL: 'postgres://127.0.0.1:1/none' },
    }
    for (const name of ['receiver', 'worker'] as const) {
      const loadedWith = async (more: Readonly<Record<string, string>>) => {
        await using process = startProcess(name, { ...variables[name], ...more })
        await process.untilLogged(`${name}.started`, PATIENCE_MS)
        return process.stderr
      }
      // prom-client brings OpenTelemetry's API along, which is a few types and a place for an SDK.
      expect((await loadedWith({})).replaceAll(/^.*@opentelemetry[+/]api\b.*$/gm, '')).not.toContain('loaded')
      expect(await loadedWith({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1' })).toMatch(/loaded .*sdk-trace/)
    }
  },
  3 * PATIENCE_MS,
)

test(
  '[L7] a collector that is away or does not answer holds up nothing: events are applied, and processes stop in time',
  async () => {
    await using database = await createDatabase()
    await using queue = await createQueue('redis')
    const silent = createServer((socket) => socket.on('error', () => undefined)).listen(0, '127.0.0.1')
    await once(silent, 'listening')
    const endpoint = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`
    const secret = newSecret()
    const variables = { ...queue.variables, DATABASE_URL: database.url, SHUTDOWN_GRACE_MS: '10000' }
    const { log } = captureLog()
    {
      await using pipeline = await startPipeline(
        { ...variables, OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1' },
        log,
      )
      expect(await pipeline.send(user('user_1'), 'msg_1')).toBe(200)
      await pipeline.untilSettled(1, PATIENCE_MS)
    }

    const traced = { ...variables, OTEL_EXPORTER_OTLP_ENDPOINT: endpoint }
    await using receiver = startProcess('receiver', { ...traced, CLERK_WEBHOOK_SIGNING_SECRET: secret, PORT: '0' })
    await using worker = startProcess('worker', traced)
    const { port } = await receiver.untilLogged('receiver.started', PATIENCE_MS)
    const url = `http://127.0.0.1:${port}/api/webhooks`
    expect((await post(url, signedRequest({ secret, body: JSON.stringify(user('user_2')) }))).status).toBe(200)
    await worker.untilLogged('event.settled', PATIENCE_MS)
    for (const process of [receiver, worker]) {
      expect(await process.end('SIGTERM')).toBe(0)
      expect(process.lines.filter(({ msg }) => msg === 'traces.errored')).toHaveLength(1)
    }
    silent.close()
  },
  3 * PATIENCE_MS,
)
