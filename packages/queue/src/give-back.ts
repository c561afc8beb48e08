/** As much of BullMQ's backends as is needed here. */
interface Backend {
  moveJobFromActiveToWait(id: string, token: string): Promise<number>
}

/** Puts a job that a worker was handed back on the queue, unless it is the token's no more, or is no job any more [Q64]. */
export async function giveBack(backend: Backend, id: string, token: string): Promise<void> {
  try {
    await backend.moveJobFromActiveToWait(id, token)
  } catch (error) {
    // By a number BullMQ tells what is the matter with a job. What is the matter with the queue, nobody tells by one.
    if (typeof (error as { readonly code?: unknown }).code !== 'number') throw error
  }
}
