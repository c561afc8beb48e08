import { readdir, readFile } from 'node:fs/promises'
import type { Servers } from './servers.ts'

/** As Linux has told processors' time ever since. */
const TICKS_A_SECOND = 100

/** Seconds of a processor's time that a process has had since it was started, all of its threads together. */
export async function processorSeconds(pid: number): Promise<number> {
  const { own } = statOf(await readFile(`/proc/${pid}/stat`, 'utf8'))
  return own / TICKS_A_SECOND
}

/** The same of a process and its children, those that have ended included: of Postgres, by its first process. */
export async function familySeconds(parent: number): Promise<number> {
  const numbers = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const texts = await Promise.all(numbers.map((pid) => readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined)))
  const ticks = texts
    .filter((text) => text !== undefined)
    .map(statOf)
    .filter((stat) => stat.pid === parent || stat.parentPid === parent)
    .reduce((sum, stat) => sum + stat.own + stat.children, 0)
  return ticks / TICKS_A_SECOND
}

/** The process that started it. */
export const parentOf = async (pid: number): Promise<number> =>
  statOf(await readFile(`/proc/${pid}/stat`, 'utf8')).parentPid

/** Of a process alone, and with Redis and Postgres. */
export interface Spent {
  readonly own: number
  readonly all: number
}

export async function secondsSpent({ redis, postgres }: Servers, pid: number): Promise<Spent> {
  const [own, ofRedis, ofPostgres] = await Promise.all([
    processorSeconds(pid),
    processorSeconds(redis.pid),
    familySeconds(postgres.pid),
  ])
  return { own, all: own + ofRedis + ofPostgres }
}

/** Microseconds for each of so many. */
export const microsEach = (before: Spent, after: Spent, count: number) => ({
  ownMicros: ((after.own - before.own) * 1e6) / count,
  allMicros: ((after.all - before.all) * 1e6) / count,
})

interface Stat {
  readonly pid: number
  readonly parentPid: number
  readonly own: number
  readonly children: number
}

/** The second field is the name in parentheses, and may hold anything. */
function statOf(text: string): Stat {
  const fields = text
    .slice(text.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number)
  return {
    pid: Number.parseInt(text, 10),
    parentPid: fields[1]!,
    own: fields[11]! + fields[12]!,
    children: fields[13]! + fields[14]!,
  }
}
