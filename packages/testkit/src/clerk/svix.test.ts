import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Webhook } from 'svix'
import { expect, onTestFinished, test } from 'vitest'
import { newSecret } from '../svix.ts'
import { type Clock, createClock } from './clock.ts'
import { seededRandom } from './random.ts'
import { createSvix, type SvixOptions } from './svix.ts'
import { WAITS_MS } from './svix-schedule.ts'

interface Arrival {
  readonly id: string
  readonly timestamp: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** By the clock of the test. */
  readonly at: number
}

interface Reply {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
}

/** An endpoint that keeps what comes and answers as it is told, by default that all is well. */
async function startEndpoint(clock: Clock, reply: (nth: number) => Reply | 'hang' = () => ({ status: 204 })) {
  const arrivals: Arrival[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const headers = request.headers as Record<string, string>
      const body = Buffer.concat(chunks).toString()
      const timestamp = Number(headers['svix-timestamp'])
      arrivals.push({ id: headers['svix-id']!, timestamp, headers, body, at: clock.now() })
      const said = reply(arrivals.length - 1)
      if (said !== 'hang') response.writeHead(said.status, said.headers).end()
    })
  }).listen({ port: 0, host: '127.0.0.1' })
  await once(server, 'listening')
  onTestFinished(async () => {
    server.close()
    server.closeAllConnections()
    await once(server, 'close')
  })
  return { arrivals, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

async function setUp(reply?: (nth: number) => Reply | 'hang', options: Partial<SvixOptions> = {}) {
  const clock = createClock(Date.now()) // of the present: the library by which it is verified knows no other
  const endpoint = await startEndpoint(clock, reply)
  const secret = newSecret()
  const svix = createSvix({ url: endpoint.url, secret, now: clock.now, random: seededRandom(7), ...options })
  /** Moves the clock to each attempt in turn, until there is none left. */
  const deliverAll = async () => {
    for (let due = svix.nextDueAt(); due !== undefined; due = svix.nextDueAt()) {
      clock.advance(Math.max(0, due - clock.now()))
      await svix.deliverDue()
    }
  }
  return { ...endpoint, clock, secret, svix, deliverAll }
}

const refuse = (): Reply => ({ status: 500 })

test('a message is delivered at once, signed so that the library of Svix accepts it', async () => {
  const { svix, arrivals, secret } = await setUp()
  const body = { type: 'user.created', text: 'ü\u0000' }
  const id = svix.send(body)

  expect(await svix.deliverDue()).toBe(1)

  expect(arrivals).toMatchObject([{ id }])
  new Webhook(secret).verify(arrivals[0]!.body, arrivals[0]!.headers) // throws where it does not accept
  expect(JSON.parse(arrivals[0]!.body)).toEqual(body)
  expect(svix).toMatchObject({ delivered: 1, lost: 0, failed: 0 })
  expect(svix.pending()).toBe(0)
  expect(await svix.deliverDue()).toBe(0)
})

test('a refused message comes again by the schedule, with the same id and a new timestamp, and is given up in the end', async () => {
  const { svix, arrivals, clock, deliverAll } = await setUp(refuse)
  const start = clock.now()
  svix.send({})

  await deliverAll()

  const waits = arrivals.slice(1).map(({ at }, i) => at - arrivals[i]!.at)
  expect(waits).toEqual(WAITS_MS)
  expect(clock.now() - start).toBe(((27 * 60 + 35) * 60 + 5) * 1_000)
  expect(new Set(arrivals.map(({ id }) => id)).size).toBe(1)
  expect(arrivals.map(({ timestamp }) => timestamp)).toEqual(arrivals.map(({ at }) => Math.floor(at / 1_000)))
  expect(svix).toMatchObject({ delivered: 0, failed: 1, isDisabled: false })
})

test('an attempt is not made before it is due, and there is none after one that was accepted', async () => {
  const { svix, arrivals, clock, deliverAll } = await setUp((nth) => ({ status: nth < 2 ? 302 : 200 }))
  svix.send({})
  await svix.deliverDue()

  clock.advance(4_999)
  expect(await svix.deliverDue()).toBe(0)
  clock.advance(1)
  expect(await svix.deliverDue()).toBe(1)
  await deliverAll()

  expect(arrivals).toHaveLength(3)
  expect(svix).toMatchObject({ delivered: 1, failed: 0 })
})

test('an endpoint that is overloaded is left alone for a minute, or as long as it asks up to twice that', async () => {
  const slow = await setUp((nth) => (nth === 0 ? 'hang' : { status: 200 }), { answerMs: 3_000 })
  slow.svix.send({})
  await slow.deliverAll()
  expect(slow.arrivals[1]!.at - slow.arrivals[0]!.at).toBe(60_000)

  for (const [asked, granted] of [
    ['1', 60_000],
    ['90', 90_000],
    ['900', 120_000],
  ] as const) {
    const { svix, arrivals, deliverAll } = await setUp((nth) =>
      nth === 0 ? { status: 429, headers: { 'retry-after': asked } } : { status: 200 },
    )
    svix.send({})
    await deliverAll()
    expect(arrivals[1]!.at - arrivals[0]!.at).toBe(granted)
  }
})

test('a message may be lost, come more than once, or late', async () => {
  const { svix, arrivals, clock, deliverAll } = await setUp(undefined, {
    chooseFate: (body) => (body === 'lost' ? { lose: true } : {}),
  })
  const start = clock.now()
  svix.send('lost')
  const twice = svix.send('thrice', { duplicates: 2 })
  const late = svix.send('late', { delayMs: 1_000 })

  await deliverAll()

  expect(arrivals.map(({ id, at }) => [id, at - start])).toEqual([
    [twice, 0],
    [twice, 0],
    [twice, 0],
    [late, 1_000],
  ])
  expect(svix).toMatchObject({ delivered: 2, redelivered: 2, lost: 1 })
})

test('messages keep their order, or are mixed in an order that the seed decides', async () => {
  const orderOf = async (options: Partial<SvixOptions>) => {
    const { svix, arrivals } = await setUp(undefined, { concurrency: 1, ...options })
    for (let i = 0; i < 20; i++) svix.send(i)
    await svix.deliverDue()
    return arrivals.map(({ body }) => Number(body))
  }
  const sent = Array.from({ length: 20 }, (_, i) => i)

  expect(await orderOf({})).toEqual(sent)
  const mixed = await orderOf({ reorder: true, random: seededRandom(1) })
  expect(mixed).not.toEqual(sent)
  expect(mixed.toSorted((one, other) => one - other)).toEqual(sent)
  expect(await orderOf({ reorder: true, random: seededRandom(1) })).toEqual(mixed)
  expect(await orderOf({ reorder: true, random: seededRandom(2) })).not.toEqual(mixed)
})

test('an endpoint that fails for five days is disabled, and gets nothing more until it is enabled', async () => {
  let isDown = true
  const { svix, clock, arrivals } = await setUp(() => ({ status: isDown ? 503 : 200 }))
  for (let day = 0; day < 5; day++) {
    svix.send(day)
    await svix.deliverDue()
    clock.advance(24 * 3_600_000)
  }
  expect(svix.isDisabled).toBe(false)
  await svix.deliverDue()
  expect(svix).toMatchObject({ isDisabled: true, delivered: 0, failed: 5 })
  expect(svix.pending()).toBe(0)

  isDown = false
  const before = arrivals.length
  svix.send('while it is disabled')
  expect(await svix.deliverDue()).toBe(0)
  svix.enable()
  svix.send('after')
  await svix.deliverDue()
  expect(arrivals.slice(before).map(({ body }) => body)).toEqual(['after'])
  expect(svix).toMatchObject({ delivered: 1, lost: 1 })
})

test('an endpoint may ask for no more attempts of a message, or of any', async () => {
  const aborted = await setUp(() => ({ status: 400, headers: { 'webhook-delivery': 'abort-message' } }))
  aborted.svix.send({})
  await aborted.deliverAll()
  expect(aborted.arrivals).toHaveLength(1)
  expect(aborted.svix).toMatchObject({ failed: 1, isDisabled: false })

  const disabled = await setUp(() => ({ status: 400, headers: { 'webhook-delivery': 'disable' } }), { concurrency: 1 })
  disabled.svix.send(1)
  disabled.svix.send(2)
  await disabled.deliverAll()
  expect(disabled.arrivals).toHaveLength(1)
  expect(disabled.svix).toMatchObject({ failed: 2, isDisabled: true })
})
