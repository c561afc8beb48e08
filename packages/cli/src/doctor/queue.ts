import { keyIdOf } from '@rollcall/queue/body-cipher'
import { locateQueue } from '@rollcall/queue/open-queue'
import { withQueue } from '../with-queue.ts'
import { doctorCheck, skipped } from './doctor-check.ts'

export const queue = doctorCheck({
  name: 'queue',
  needs: ['variables'],
  async examine({ variables, postgres }) {
    const location = locateQueue(variables)
    if (location.backend === 'postgres' && !postgres) return skipped('postgres')
    const { status, message } = await withQueue(location, (opened) => opened.check())
    const who = location.backend === 'redis' ? 'Redis' : 'The queue'
    return {
      status,
      message: `${who} answers: ${message.replace(/\.?$/, '.')}${describeKeys(variables.QUEUE_ENCRYPTION_KEY?.map(keyIdOf))}`,
      established: { queue: true },
    }
  },
})

/** By their ids, which jobs say as well: whoever changes keys compares them between machines. */
export function describeKeys([first, ...others]: readonly string[] = []): string {
  if (first === undefined) return ''
  const also = others.length === 0 ? '' : `, and decrypted with ${others.join(' and ')} as well`
  return ` Bodies are encrypted with the key ${first}${also}.`
}
