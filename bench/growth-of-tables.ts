import { Client } from 'pg'
import { type Bench, migrate } from './bench.ts'
import { openPipeline, QUIET_PER_SECOND } from './end-to-end.ts'
import { drainBetween, ourBacklog } from './rig/backlog.ts'
import { signUps } from './rig/events.ts'
import { figuresOver, type Section } from './section.ts'
import { seedUsersAndEvents } from './seed/users-and-events.ts'

/** A database of its own for each size, so that ten million are made once. */
interface Filled {
  readonly size: number
  readonly url: string
}

interface Measured {
  readonly size: number
  readonly perSecond: number
  /** p99, at few events. */
  readonly lagMs: number
}

/** Whether it matters how many users and events there are already. */
export const growthOfTables: Section = async (bench) => {
  const { rows, measured: count, warm, quietSeconds } = bench.plan.growth
  await using opened = new AsyncDisposableStack()
  const databases: Filled[] = []
  for (const size of rows) databases.push(await createFilled(bench, size, opened))
  const backlog = ourBacklog(bench.queue)
  let labels = 0

  async function measure({ size, url }: Filled): Promise<Measured> {
    await bench.queue.pause()
    await backlog.add(await signUps(`T${String(labels++).padStart(4, '0')}`), 0, count + warm)
    await using pipeline = await openPipeline(bench, `L${labels}`, { DATABASE_URL: url })
    const { perSecond } = await drainBetween(backlog, count, 0)
    const quiet = await pipeline.run({ seconds: quietSeconds, perSecond: QUIET_PER_SECOND, connections: 4 })
    await bench.clear()
    return { size, perSecond, lagMs: quiet.lagMs.p99 }
  }

  const measured: Measured[] = []
  for (let round = 0; round < bench.plan.rounds; round++) {
    for (const filled of databases) {
      if (filled.size === 0) await empty(filled)
      const run = await measure(filled)
      measured.push(run)
      bench.say(`  ${run.size} rows: ${Math.round(run.perSecond)}/s, quiet ${run.lagMs} ms (p99)`)
    }
  }

  const at = (size: number) => measured.filter((run) => run.size === size)
  const [none, most] = [at(rows[0]!), at(rows.at(-1)!)]
  return {
    figures: rows.flatMap((size) => {
      const figure = figuresOver(at(size), `${size} users and events: `)
      return [
        figure('drained', '1/s', (run) => run.perSecond),
        figure(`lag p99 at ${QUIET_PER_SECOND} a second`, 'ms', (run) => run.lagMs),
      ]
    }),
    targets: [
      {
        id: 'tables.drain',
        what: `drained with ${rows.at(-1)} rows in each table, of that with ${rows[0]}`,
        limit: { atLeast: 0.8 },
        rounds: most.map((run, round) => run.perSecond / none[round]!.perSecond),
      },
    ],
  }
}

async function createFilled(bench: Bench, size: number, opened: AsyncDisposableStack): Promise<Filled> {
  const name = `bench_${size}`
  await bench.database.query(`create database ${name}`)
  opened.defer(async () => {
    await bench.database.query(`drop database ${name} with (force)`)
  })
  const address = new URL(bench.servers.postgres.url)
  address.pathname = name
  const url = address.href
  await migrate({ ...bench.variables, DATABASE_URL: url })
  const startedAt = performance.now()
  if (size > 0) await seedUsersAndEvents(url, bench.servers.directory, size)
  bench.say(`  made ${size} rows in ${Math.round((performance.now() - startedAt) / 1_000)} s`)
  return { size, url }
}

async function empty({ url }: Filled): Promise<void> {
  const client = new Client({ connectionString: url })
  await client.connect()
  await client.query('truncate clerk.webhook_events, clerk.users')
  await client.end()
}
