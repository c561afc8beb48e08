import { Worker } from 'bullmq'
import { BULL_PREFIX, BULL_QUEUE, connectionOf } from './bull.ts'

/** A worker as BullMQ's documentation shows it, with so many jobs in hand. */
export function startBullWorker<Data>(work: (data: Data) => Promise<void>): void {
  const worker = new Worker<Data>(BULL_QUEUE, (job) => work(job.data), {
    connection: connectionOf(process.env.REDIS_URL!),
    prefix: BULL_PREFIX,
    concurrency: Number(process.env.CONCURRENCY),
  })
  worker.on('failed', (_job, error) => {
    throw error
  })
  worker.on('ready', () => console.log(JSON.stringify({ msg: 'baseline.started' })))
}
