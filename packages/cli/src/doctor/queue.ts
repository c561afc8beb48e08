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
      message: `${who} answers: ${message.replace(/\.?$/, '.')}`,
      established: { queue: true },
    }
  },
})
