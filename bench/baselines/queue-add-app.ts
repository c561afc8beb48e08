import { Queue } from 'bullmq'
import { BULL_PREFIX, BULL_QUEUE, connectionOf } from './bull.ts'
import { startGuideApp } from './guide-app.ts'

/** What BullMQ's documentation shows: a job for each webhook, added before it is answered. */
const queue = new Queue(BULL_QUEUE, { connection: connectionOf(process.env.REDIS_URL!), prefix: BULL_PREFIX })
startGuideApp((event, request) =>
  queue.add(event.type, event, { jobId: request.get('svix-id')!, removeOnComplete: true }),
)
