import fc from 'fast-check'
import { expect } from 'vitest'
import type { History } from '../history.ts'
import { deliver, picks, somePending, takePending } from './deliveries.ts'
import { type Command, step } from './step.ts'

const isRunning = (history: Readonly<History>): boolean => somePending(history) && !history.isPaused

/** A batch has some ten statements; beyond it are those of the next, and of handlers. */
const statement = fc.integer({ min: 1, max: 16 })

/** A connection to Postgres ends at a statement, while messages are applied and handled. */
export const cuts: fc.Arbitrary<Command> = fc
  .tuple(picks, statement, fc.constantFrom('before', 'after'))
  .map(([which, at, moment]) =>
    step(
      'deliver, and cut a connection',
      { which, at, moment },
      async (history, installation) => {
        void installation.cutter.arm({ statement: at, moment, effect: 'cut' })
        await deliver(history, installation, takePending(history, which))
      },
      isRunning,
    ),
  )

/** Workers are told to stop in the middle of it, and others start. */
export const restarts: fc.Arbitrary<Command> = picks.map((which) =>
  step(
    'deliver, and restart the workers',
    which,
    async (history, installation) => {
      const stopping = installation.stopWorkers()
      await deliver(history, installation, takePending(history, which))
      await stopping
      await installation.startWorkers()
    },
    somePending,
  ),
)

/** In the first batch, which has no fewer: begin, what is settled, rows, ledger, commit. What is beyond may be a handler's. */
const statementOfBatch = fc.integer({ min: 1, max: 5 })

/**
 * The only worker is a process, and is killed in its transaction: while a statement of its batch waits to be sent, or has been
 * carried out and not been answered, the commit among them. Other workers take up what it held.
 */
export const kills: fc.Arbitrary<Command> = fc
  .tuple(picks, statementOfBatch, fc.constantFrom('before', 'after'))
  .map(([which, at, moment]) =>
    step(
      'deliver, and kill the worker',
      { which, at, moment },
      async (history, installation) => {
        history.mayKill = false
        const { commands, cutter } = installation
        await installation.stopWorkers()
        await using worker = await installation.startWorkerProcess()
        await commands.queue.pause()
        await deliver(history, installation, takePending(history, which))
        const held = cutter.arm({ statement: at, moment, effect: 'hold' })
        await commands.queue.resume()
        await held
        expect(await worker.end('SIGKILL')).toBe('SIGKILL')
        await installation.startWorkers()
      },
      (history) => isRunning(history) && history.mayKill,
    ),
  )
