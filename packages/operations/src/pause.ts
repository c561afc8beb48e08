import { recordAction } from '@rollcall/mirror/audit-log'
import type { Pipeline } from './pipeline.ts'

/** No worker is handed an event until the queue is resumed; what comes meanwhile is taken, and waits [Q6]. */
export async function pauseQueue({ mirror, queue }: Pipeline, actor: string): Promise<void> {
  await queue.pause()
  await recordAction(mirror.db, { actor, action: 'pause', selection: {}, result: {} })
}

export async function resumeQueue({ mirror, queue }: Pipeline, actor: string): Promise<void> {
  await queue.resume()
  await recordAction(mirror.db, { actor, action: 'resume', selection: {}, result: {} })
}
