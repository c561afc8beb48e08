import { type ConnectedProcesses, connectedProcesses, type QueueUsers } from '@rollcall/queue/connected-processes'
import { locateQueue } from '@rollcall/queue/open-queue'
import { failed, passed, warned } from '@rollcall/shared/readiness'
import { doctorCheck, type Verdict } from './doctor-check.ts'

export const processes = doctorCheck({
  name: 'processes',
  needs: ['variables', 'queue'],
  async examine({ variables, postgres }) {
    const location = locateQueue(variables)
    const seen = await connectedProcesses(location)
    if (location.backend === 'postgres' || !postgres) return judgeProcesses(seen)
    // One that was given no REDIS_URL has its queue in Postgres, and waits there for the others.
    const withoutRedis = locateQueue({ ...variables, REDIS_URL: undefined })
    const inPostgres = await connectedProcesses(withoutRedis)
    return judgeProcesses(seen, inPostgres?.here)
  },
})

const NOBODY: QueueUsers = { receivers: 0, workers: 0 }

/**
 * Judges who is connected to the queue, and who to others: a receiver and a worker that do not meet is nearly always a
 * variable that one of them was not given. `inPostgres`: those without a REDIS_URL, where we have one.
 */
export function judgeProcesses(seen: ConnectedProcesses | undefined, inPostgres = NOBODY): Verdict {
  if (seen === undefined) {
    const message =
      "The queue's server does not tell who is connected, so whether receiver and worker meet is not known."
    return { status: 'skipped', message }
  }
  const { receivers, workers } = seen.here
  const others = [...seen.elsewhere, ['the queue in Postgres, without REDIS_URL', inPostgres] as const]
    .filter(([, users]) => count(users) > 0)
    .map(([place, users]) => `${describe(users)} at ${place}`)
  const elsewhere = others.length === 0 ? '' : ` Connected elsewhere: ${others.join('; ')}.`

  if (receivers > 0 && workers > 0) return passed(`${verb(seen.here)} connected to this queue.`)
  if (count(seen.here) === 0) {
    return warned(
      `Neither a receiver nor a worker is connected to this queue. Start them with the variables that are set here.${elsewhere}`,
    )
  }
  if (workers === 0) {
    return failed(
      `${verb(seen.here)} connected to this queue and no worker, so what comes waits. Start one; if one runs, it has another REDIS_URL or QUEUE_PREFIX.${elsewhere}`,
    )
  }
  return warned(
    `${verb(seen.here)} connected to this queue and no receiver, so nothing comes. Start one; if one runs, it has another REDIS_URL or QUEUE_PREFIX.${elsewhere}`,
  )
}

const count = ({ receivers, workers }: QueueUsers): number => receivers + workers

const named = (number: number, what: string) => (number === 0 ? [] : [`${number} ${what}${number === 1 ? '' : 's'}`])

const describe = ({ receivers, workers }: QueueUsers): string =>
  [...named(receivers, 'receiver'), ...named(workers, 'worker')].join(' and ')

const verb = (users: QueueUsers): string => `${describe(users)} ${count(users) === 1 ? 'is' : 'are'}`
