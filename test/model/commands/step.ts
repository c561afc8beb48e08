import type { AsyncCommand } from 'fast-check'
import { expectAgreement } from '../agreement.ts'
import type { History } from '../history.ts'
import type { Installation } from '../installation.ts'

export type Command = AsyncCommand<History, Installation>

/** A command of the model: what may happen, told by what it is and in particular, and after it the look at everything. */
export const step = (
  kind: string,
  particulars: unknown,
  act: (history: History, installation: Installation) => Promise<void> | void,
  isPossible: (history: Readonly<History>) => boolean = () => true,
): Command => ({
  check: isPossible,
  async run(history, installation) {
    history.tally.set(kind, (history.tally.get(kind) ?? 0) + 1)
    await act(history, installation)
    await expectAgreement(history, installation)
    installation.cutter.disarm()
  },
  toString: () => (particulars === undefined ? kind : `${kind} ${JSON.stringify(particulars)}`),
})
