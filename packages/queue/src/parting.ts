import { DeadlineExceeded, withDeadline } from '@rollcall/shared/deadline'

/** A queue that is there takes milliseconds; and `rollcall start` has 9 s for all that it stops. */
const PARTING_MS = 2_000

/**
 * Waits for what a process that stops still has to tell the queue, and no longer than a queue takes that is there: commands
 * to one that is away wait until it is back [S1]. What it was not told it hands out again, as duplicates.
 */
export async function unlessAway(parting: Promise<unknown>): Promise<void> {
  try {
    await withDeadline(parting, PARTING_MS)
  } catch (error) {
    if (!(error instanceof DeadlineExceeded)) throw error
    parting.catch(() => undefined) // it fails when its connection is given up
  }
}
