import { startBullWorker } from './bull-worker.ts'

/** Does nothing with its jobs: as fast as BullMQ hands them out and forgets them. */
startBullWorker(async () => {})
