import { createRedis } from '@rollcall/queue/redis-client'
import { WEBHOOK_PATH } from '@rollcall/receiver/config'
import { until } from '@rollcall/testkit/wait'
import { type Bench, openBenchQueue, startReceiver, startWorker } from './bench.ts'
import { drainBetween, ourBacklog } from './rig/backlog.ts'
import { type Events, render, signUps, svix } from './rig/events.ts'
import { eventsOf, sendLoad } from './rig/load.ts'
import { highestMegabytes, redisBytes } from './rig/memory.ts'
import { figuresOver, type Section } from './section.ts'
import { memoryTargets } from './target.ts'

const CONNECTIONS = 64

/** A queue of its own for each size, so that a million is filled once and stays a million beside the others. */
interface Backlogged {
  readonly size: number
  readonly bytesPerEvent: number
  readonly bodyBytes: number
  measure(): Promise<Measured>
}

interface Measured {
  readonly size: number
  readonly drainedPerSecond: number
  readonly acceptP50Ms: number
  readonly acceptP99Ms: number
  readonly receiver: number
  readonly worker: number
}

/** Whether it matters how much waits: for accepting, for draining, for the memory of both, and in Redis. */
export const growthOfQueue: Section = async (bench) => {
  const { backlogs } = bench.plan.growth
  await using opened = new AsyncDisposableStack()
  const queues: Backlogged[] = []
  for (const size of backlogs) queues.push(await openBacklogged(bench, size, opened))

  const measured: Measured[] = []
  for (let round = 0; round < bench.plan.rounds; round++) {
    for (const queue of queues) {
      const run = await queue.measure()
      measured.push(run)
      bench.say(
        `  ${run.size} waiting: ${Math.round(run.drainedPerSecond)}/s drained, accepted within ${run.acceptP99Ms} ms (p99), ${Math.round(run.receiver)} and ${Math.round(run.worker)} MB`,
      )
    }
  }

  const at = (size: number) => measured.filter((run) => run.size === size)
  const smallest = at(backlogs[0]!)
  const largest = at(backlogs.at(-1)!)
  return {
    figures: [
      ...backlogs.flatMap((size) => {
        const figure = figuresOver(at(size), `${size} waiting: `)
        return [
          figure('drained', '1/s', (run) => run.drainedPerSecond),
          figure('p50 of accepting', 'ms', (run) => run.acceptP50Ms),
          figure('p99 of accepting', 'ms', (run) => run.acceptP99Ms),
          figure('memory of the receiver', 'MB', (run) => run.receiver),
          figure('memory of the worker', 'MB', (run) => run.worker),
        ]
      }),
      ...queues.map(({ size, bytesPerEvent }) => ({
        what: `${size} waiting: memory in Redis`,
        unit: 'bytes an event',
        rounds: [bytesPerEvent],
      })),
    ],
    targets: [
      {
        id: 'queue.drain',
        what: `drained with ${backlogs.at(-1)} waiting, of that with ${backlogs[0]}`,
        limit: { atLeast: 0.9 },
        rounds: largest.map((run, round) => run.drainedPerSecond / smallest[round]!.drainedPerSecond),
      },
      ...memoryTargets('queue', measured),
      {
        id: 'queue.bytes',
        what: 'bytes in Redis for a waiting event, of its body',
        limit: { atMost: 1 },
        rounds: queues.map(({ bytesPerEvent, bodyBytes }) => bytesPerEvent / bodyBytes),
      },
    ],
  }
}

async function openBacklogged(bench: Bench, size: number, opened: AsyncDisposableStack): Promise<Backlogged> {
  const { measured, warm } = bench.plan.growth
  const { seconds } = bench.plan.accept
  const server = await bench.servers.startRedis(opened)
  const over = { REDIS_URL: server.url }
  const redis = opened.adopt(
    createRedis([server.url], () => {}),
    (client) => client.disconnect(),
  )
  const queue = opened.adopt(openBenchQueue({ ...bench.variables, ...over }), (each) => each.close())
  const backlog = ourBacklog(queue)
  const events: Events = await signUps(`Q${String(size).padStart(8, '0')}`)
  let made = 0
  const next = (count: number) => {
    made += count
    return made - count
  }

  await queue.pause()
  const before = await redisBytes(redis)
  await backlog.add(events, next(size), size)
  const bytesPerEvent = ((await redisBytes(redis)) - before) / size

  async function acceptOnTop() {
    await using receiver = await startReceiver(bench, over)
    const report = await sendLoad({
      directory: bench.servers.directory,
      port: receiver.started.port,
      path: WEBHOOK_PATH,
      sign: svix(bench.secret),
      events,
      from: next(eventsOf({ seconds })),
      connections: CONNECTIONS,
      seconds,
    })
    if (report.refusals + report.unanswered > 0) throw new Error(`it was refused: ${JSON.stringify(report)}`)
    return { report, megabytes: await highestMegabytes(receiver.pid) }
  }

  return {
    size,
    bytesPerEvent,
    bodyBytes: render(events, 0).length,
    async measure() {
      const accepted = await acceptOnTop()
      const missing = size + measured + warm - (await backlog.left())
      if (missing > 0) await backlog.add(events, next(missing), missing)
      await using worker = await startWorker(bench, over)
      const drained = await drainBetween(backlog, size + measured, size)
      await queue.pause()
      const isIdle = async () => (await queue.counts()).active === 0
      await until(isIdle, { timeoutMs: 60_000, what: 'no job is in hand' })
      const megabytes = await highestMegabytes(worker.pid)
      await worker.stop()
      await bench.database.query('truncate clerk.webhook_events, clerk.users')
      return {
        size,
        drainedPerSecond: drained.perSecond,
        acceptP50Ms: accepted.report.p50Ms,
        acceptP99Ms: accepted.report.p99Ms,
        receiver: accepted.megabytes,
        worker: megabytes,
      }
    },
  }
}
