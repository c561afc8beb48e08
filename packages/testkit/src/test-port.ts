import { randomInt } from 'node:crypto'
import { freePort } from '@rollcall/embedded/free-port'

/** Of the ports that `freePort` knows, 20,000 to 32,767, so many for each of vitest's processes. */
const SLICE = 1_500
const SLICES = 8
const first = 20_000 + (Number(process.env.VITEST_POOL_ID ?? 0) % SLICES) * SLICE

let next = randomInt(SLICE)

/**
 * A port that nothing listens on, and that no other process of the run is given: seconds may go by until a server listens
 * there, and of hundreds that are drawn from the same some would be drawn twice.
 */
export const testPort = (): Promise<number> => freePort(first + (next++ % SLICE))
