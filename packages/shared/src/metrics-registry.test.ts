import { samplesOf } from '@rollcall/testkit/samples'
import { describe, expect, test } from 'vitest'
import { METRICS, type Metric } from './metrics.ts'
import { createProcessMetrics, known } from './metrics-registry.ts'
import { VERSION } from './version.ts'

const listed = Object.entries<Metric>(METRICS)

describe.each(['receiver', 'worker'] as const)('the metrics of a %s', (process) => {
  test('[P1] are those that are listed for it, and those of every Node process', async () => {
    const text = await createProcessMetrics(process).metrics()
    const told = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, type]) => `${name} ${type}`)
    const own = listed.filter(([, { toldBy }]) => toldBy.includes(process)).map(([name, { type }]) => `${name} ${type}`)
    expect(told.filter((line) => line.startsWith('rollcall_'))).toEqual(own)
    expect(told).toContain('process_resident_memory_bytes gauge')
    expect(samplesOf(text, 'rollcall_build_info')).toEqual({
      [`version="${VERSION}",process="${process}",node="${globalThis.process.version}"`]: 1,
    })
  })

  test('[P2] have no sample before there is something to tell', async () => {
    const text = await createProcessMetrics(process).metrics()
    const buckets = /^rollcall_(?!build_info)\w+(?<!_bucket|_sum|_count)[ {].*$/gm
    expect(text.match(buckets)).toBeNull()
  })
})

test('[P1] names and buckets follow the conventions of Prometheus', () => {
  for (const [name, { type, buckets, labels }] of listed) {
    expect(name).toMatch(/^rollcall_[a-z_]+$/)
    expect(name.endsWith('_total'), name).toBe(type === 'counter')
    expect(buckets !== undefined, name).toBe(type === 'histogram')
    expect(
      buckets?.toSorted((a, b) => a - b),
      name,
    ).toEqual(buckets)
    expect(Object.keys(labels).filter((label) => !/^[a-z]+$/.test(label) || label === 'le')).toEqual([])
  }
})

test('[P1] what is not listed cannot be told, nor under other labels', () => {
  const metrics = createProcessMetrics('worker')
  // @ts-expect-error: there is none such
  expect(() => metrics.count('rollcall_robots_total', {})).toThrow()
  // @ts-expect-error: the receiver tells it
  expect(() => metrics.count('rollcall_webhooks_total', { status: '200', reason: 'accepted' })).toThrow()
  // @ts-expect-error: it has another label
  expect(() => metrics.observe('rollcall_handler_seconds', { handler: 'welcome' }, 1)).toThrow()
})

test('[P2] a scrape tells what is known at its moment, and nothing once that is not known any more', async () => {
  const metrics = createProcessMetrics('receiver')
  let paused: number | undefined = 0
  let evicted: number | undefined = 3
  metrics.tell('rollcall_queue_paused', () => known(paused))
  metrics.tell('rollcall_redis_evicted_keys_total', () => known(evicted))
  const told = async () => {
    const text = await metrics.metrics()
    return [samplesOf(text, 'rollcall_queue_paused')[''], samplesOf(text, 'rollcall_redis_evicted_keys_total')['']]
  }
  expect(await told()).toEqual([0, 3])
  paused = 1
  evicted = 5
  expect(await told()).toEqual([1, 5])
  paused = undefined
  evicted = undefined
  expect(await told()).toEqual([undefined, undefined])
})
