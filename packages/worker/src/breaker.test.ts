import { PipelineError } from '@rollcall/shared/errors'
import { expect, test } from 'vitest'
import { type Breaker, createBreaker, Stopping } from './breaker.ts'

const away = new PipelineError('database_unavailable', 'connection refused')
const mismatch = new PipelineError('schema_mismatch', 'run `rollcall migrate`')

/** A breaker whose probes fail as listed and then pass, and what it told. */
function createTestBreaker(...failures: readonly PipelineError[]) {
  const left = [...failures]
  const told: string[] = []
  const stop = new AbortController()
  const probed = Promise.withResolvers<void>()
  const breaker: Breaker = createBreaker({
    async probe() {
      told.push('probed')
      probed.resolve()
      const failure = left.shift()
      if (failure) throw failure
    },
    stop: stop.signal,
    onOpen: (error) => told.push(`open ${error.code}`),
    onClose: () => told.push('closed'),
    now: Date.now,
  })
  return { breaker, told, stop, probed: probed.promise }
}

test('[O1] a closed breaker lets work pass at once', async () => {
  const { breaker, told } = createTestBreaker()
  await breaker.passage()
  expect([told, breaker.check().status]).toEqual([[], 'passed'])
})

test('[O1] an open breaker lets nothing pass until a probe has passed', async () => {
  const { breaker, told } = createTestBreaker(away, away)
  breaker.trip(away)
  expect(breaker.check()).toMatchObject({
    status: 'failed',
    message: expect.stringMatching(/^database_unavailable since .*: connection refused$/),
  })

  await breaker.passage()
  expect(told).toEqual(['open database_unavailable', 'probed', 'probed', 'probed', 'closed'])
  expect(breaker.check().status).toBe('passed')
})

test('[O1] many failures of one outage open it once', async () => {
  const { breaker, told } = createTestBreaker()
  for (let i = 0; i < 100; i++) breaker.trip(away)
  await Promise.all(Array.from({ length: 100 }, () => breaker.passage()))
  expect(told).toEqual(['open database_unavailable', 'probed', 'closed'])
})

test('[O1] it tells when the trouble turns into another', async () => {
  const { breaker, told } = createTestBreaker(mismatch)
  breaker.trip(away)
  await breaker.passage()
  expect(told).toEqual(['open database_unavailable', 'probed', 'open schema_mismatch', 'probed', 'closed'])
})

test('[O1] pauses grow while probes pass and work still fails, and start over once work has succeeded', async () => {
  const [failing, mended] = [createTestBreaker().breaker, createTestBreaker().breaker]
  const pauseAfterTrip = async (breaker: Breaker) => {
    const since = performance.now()
    breaker.trip(away)
    await breaker.passage()
    return performance.now() - since
  }
  for (const milliseconds of [100, 200, 400]) {
    const [pause] = await Promise.all([pauseAfterTrip(failing), pauseAfterTrip(mended)])
    expect(pause).toBeGreaterThan(milliseconds - 5) // timers have whole milliseconds
  }

  mended.succeeded()
  // How long each is belongs to the machine, but of two that begin together the shorter ends first.
  const ended: string[] = []
  await Promise.all([
    pauseAfterTrip(failing).then(() => ended.push('after another failure')),
    pauseAfterTrip(mended).then(() => ended.push('after success')),
  ])
  expect(ended).toEqual(['after success', 'after another failure'])
})

test('[O1] a suspicion opens it only if the probe fails', async () => {
  const { breaker, told } = createTestBreaker()
  await breaker.suspect()
  expect(told).toEqual(['probed'])

  const other = createTestBreaker(mismatch)
  await other.breaker.suspect()
  await other.breaker.passage()
  expect(other.told).toEqual(['probed', 'open schema_mismatch', 'probed', 'closed'])
})

test('[O1] a swarm of suspicions is answered by one probe', async () => {
  const { breaker, told } = createTestBreaker()
  await Promise.all(Array.from({ length: 100 }, () => breaker.suspect()))
  expect(told).toEqual(['probed'])
})

test('[O3] whoever waits is told when the process stops, and the breaker does not claim to have closed', async () => {
  const { breaker, told, stop, probed } = createTestBreaker(...Array.from({ length: 1_000 }, () => away))
  breaker.trip(away)
  const waiting = breaker.passage()
  await probed
  stop.abort()
  await expect(waiting).rejects.toBeInstanceOf(Stopping)
  await expect(breaker.passage()).rejects.toBeInstanceOf(Stopping)
  expect(told).not.toContain('closed')
})
