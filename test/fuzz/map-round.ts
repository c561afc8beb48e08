import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { MapTask } from './map-thread.ts'
import { addTally, newTally, type Tally, totalOf } from './tally.ts'

/** Few enough that a wrong one is soon found again by its seed, many enough that what is told of them is no load. */
const STEP_SIZE = 5_000

/** Maps at least so many bodies in several threads. Rejects with what the first one found wrong. */
export async function mapRound(
  plan: { readonly count: number; readonly threads: number; readonly seed: number },
  say: (text: string) => void,
): Promise<Tally> {
  const sum = newTally()
  const steps = Math.ceil(plan.count / STEP_SIZE / plan.threads)
  let told = 0
  await Promise.all(
    Array.from({ length: plan.threads }, async (_, i) => {
      const task: MapTask = { seed: plan.seed + i * steps, steps, stepSize: STEP_SIZE }
      const thread = new Worker(new URL('./map-thread.ts', import.meta.url), { workerData: task })
      thread.on('message', (tally: Tally) => {
        addTally(sum, tally)
        const tenth = Math.floor((totalOf(sum) / plan.count) * 10)
        if (tenth > told) say(`mapping: ${totalOf(sum).toLocaleString('en')} bodies`)
        told = tenth
      })
      await once(thread, 'exit')
    }),
  )
  return sum
}
