import { expectAgreement } from '../agreement.ts'
import { type History, settle } from '../history.ts'
import type { Installation } from '../installation.ts'
import { deliver } from './deliveries.ts'

/** In the end everything arrives: what is on its way, what was lost, and what waits. */
export async function closing(history: History, installation: Installation): Promise<void> {
  if (history.isPaused) {
    await installation.commands.queue.resume()
    history.isPaused = false
    settle(history, history.waiting.splice(0))
  }
  await deliver(history, installation, [...history.pending.splice(0), ...history.lost.splice(0)])
  await expectAgreement(history, installation)
}
