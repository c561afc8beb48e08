import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'vitest'
import type { Burst } from '../burst-of-users.ts'
import type { Pipeline } from '../pipeline.ts'

/** Svix waits so long for an answer. */
const SENDER_PATIENCE_MS = 15_000

/** Svix tries again after 5 s, then minutes. This sender has less patience, and as much perseverance. */
const AGAIN_AFTER_MS = 200

const CONCURRENCY = 8

/** Sends everything until it has been taken, and counts how often it was not; each answer comes while Svix waits for it. */
export async function sendUntilTaken(
  pipeline: Pipeline,
  { messages }: Pick<Burst, 'messages'>,
): Promise<{ readonly refused: number }> {
  let refused = 0
  const left = messages.values()
  const sendOn = async () => {
    for (const { body, messageId } of left) {
      while (!(await isTaken(body, messageId))) {
        refused += 1
        await sleep(AGAIN_AFTER_MS)
      }
    }
  }
  async function isTaken(body: unknown, messageId: string): Promise<boolean> {
    const status = await sendInTime(pipeline, body, messageId)
    expect([200, 503]).toContain(status)
    return status === 200
  }
  await Promise.all(Array.from({ length: CONCURRENCY }, sendOn))
  return { refused }
}

/** Sends what has been sent before, and answers the status. */
export const sendAgain = (pipeline: Pipeline, { messages: [first] }: Pick<Burst, 'messages'>): Promise<number> =>
  sendInTime(pipeline, first!.body, first!.messageId)

async function sendInTime(pipeline: Pipeline, body: unknown, messageId: string): Promise<number> {
  const sentAt = performance.now()
  const status = await pipeline.send(body, messageId)
  expect(performance.now() - sentAt).toBeLessThan(SENDER_PATIENCE_MS)
  return status
}
