import { parentPort, workerData } from 'node:worker_threads'
import { everything } from '@rollcall/testkit/catalog'
import { mapBodies } from './map-bodies.ts'

/** One of the threads that map: from a seed on, so many bodies in steps, of each of which it tells. */
export interface MapTask {
  readonly seed: number
  readonly steps: number
  readonly stepSize: number
}

const { seed, steps, stepSize } = workerData as MapTask
const catalog = everything()
for (let step = 0; step < steps; step += 1) {
  parentPort!.postMessage(mapBodies(catalog, { count: stepSize, seed: seed + step }))
}
