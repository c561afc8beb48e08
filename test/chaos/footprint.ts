import { readdir, readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { TEST_ROLES } from '@rollcall/testkit/roles'
import { until } from '@rollcall/testkit/wait'
import { type Arena, type Player, playersOf } from './arena.ts'
import { SPARED } from './schedule.ts'

/** What a process holds. */
export interface Footprint {
  readonly name: string
  readonly pid: number
  readonly megabytes: number
  /** Files, sockets and the like. */
  readonly descriptors: number
}

/** What servers hold for our processes. */
export interface Held {
  readonly postgresConnections: number
  readonly redisConnections: number
  /** By name, but for those that go by themselves. */
  readonly redisKeys: readonly string[]
}

export interface Measured {
  readonly processes: readonly Footprint[]
  readonly held: Held
}

/**
 * The least that a process may grow before it is taken for a leak. Node's heap breathes: a worker between 1 and 9,000 events a
 * second differs by 150 MB. A leak of 1.5 KB an event, a body, would be that much over 100,000 events.
 */
const GROWTH_MB = 150

/** Idle connections are closed after three seconds and after ten, by balancer and pool. */
const QUIET_MS = 60_000

/** Longer than the ten seconds for which a pool keeps an idle connection. */
const IDLE_MS = 11_000

/** What comes and goes at rest, such as the connection of a watch, is there in one of so many looks. */
const LOOKS = 6
const LOOK_MS = 500

export async function measure(arena: Arena): Promise<Measured> {
  const { database, redis } = arena
  const connected = await database.query('select from pg_stat_activity where usename = $1', [TEST_ROLES.worker])
  const clients = String(await redis.client('LIST')).split('\n')
  return {
    processes: await Promise.all(playersOf(arena).map(footprintOf)),
    held: {
      postgresConnections: connected.rowCount!,
      redisConnections: clients.filter((line) => / name=rollcall:(receiver|worker):/.test(line)).length,
      redisKeys: await lastingKeys(redis),
    },
  }
}

/** Waits until all that is idle has been let go, and answers the most that is held then. */
export async function measureAtRest(arena: Arena): Promise<Measured> {
  await sleep(IDLE_MS)
  let most = await measure(arena)
  for (let look = 1; look < LOOKS; look++) {
    await sleep(LOOK_MS)
    most = greater(most, await measure(arena))
  }
  return most
}

function greater(one: Measured, other: Measured): Measured {
  const { postgresConnections, redisConnections, redisKeys } = other.held
  return {
    processes: one.processes.map((process, i) => ({
      ...process,
      megabytes: Math.max(process.megabytes, other.processes[i]!.megabytes),
      descriptors: Math.max(process.descriptors, other.processes[i]!.descriptors),
    })),
    held: {
      postgresConnections: Math.max(one.held.postgresConnections, postgresConnections),
      redisConnections: Math.max(one.held.redisConnections, redisConnections),
      redisKeys: [...new Set([...one.held.redisKeys, ...redisKeys])],
    },
  }
}

/** Waits until nothing is held any more that is idle; answers what is left then, or after all that time. */
export async function measureQuiet(arena: Arena, before: Measured): Promise<Measured> {
  let measured = await measure(arena)
  const isQuiet = async () => {
    measured = await measure(arena)
    return leaksOf(before, measured).length === 0
  }
  await until(isQuiet, { timeoutMs: QUIET_MS, what: 'all that is idle has been let go' }).catch(() => undefined)
  return measured
}

/** What a process or a server holds that it did not hold before. Processes that were started since are judged by descriptors alone. */
export function leaksOf(before: Measured, after: Measured): readonly string[] {
  const ofProcesses = after.processes.flatMap((process, i) => {
    const was = before.processes[i]!
    const grown = process.megabytes - was.megabytes
    return [
      ...(process.descriptors > was.descriptors
        ? [`${process.name} holds ${process.descriptors} descriptors, and held ${was.descriptors}`]
        : []),
      ...(process.pid === was.pid && grown > GROWTH_MB
        ? [`${process.name} has grown by ${Math.round(grown)} MB to ${Math.round(process.megabytes)} MB`]
        : []),
    ]
  })
  const ofServers = (['postgresConnections', 'redisConnections'] as const)
    .filter((what) => after.held[what] > before.held[what])
    .map((what) => `${what} are ${after.held[what]}, and were ${before.held[what]}`)
  const keys = after.held.redisKeys.filter((key) => !before.held.redisKeys.includes(key))
  return [...ofProcesses, ...ofServers, ...keys.map((key) => `Redis holds ${key}, and did not`)]
}

/** The processes that lived through it all. */
export const sparedOf = ({ processes }: Measured): readonly Footprint[] => [processes[SPARED]!, processes[2 + SPARED]!]

/** Not BullMQ's stream of events either, in which its own scripts tell of stalled jobs: it is cut to 10,000 by itself. */
async function lastingKeys(redis: Arena['redis']): Promise<readonly string[]> {
  const keys = await redis.keys('*')
  const left = await Promise.all(keys.map((key) => redis.pttl(key)))
  return keys.filter((key, i) => left[i] === -1 && !key.endsWith(':events')) // -1: for ever
}

async function footprintOf({ service: { name, pid } }: Player): Promise<Footprint> {
  const [status, descriptors] = await Promise.all([readFile(`/proc/${pid}/status`, 'utf8'), readdir(`/proc/${pid}/fd`)])
  const kilobytes = Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1])
  return { name, pid, megabytes: (kilobytes * 1_024) / 1e6, descriptors: descriptors.length }
}
