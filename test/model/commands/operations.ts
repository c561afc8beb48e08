import { pauseQueue, resumeQueue } from '@rollcall/operations/pause'
import { replay } from '@rollcall/operations/replay'
import { newSecret } from '@rollcall/testkit/svix'
import fc from 'fast-check'
import { expect } from 'vitest'
import { picked, settle } from '../history.ts'
import { picks } from './deliveries.ts'
import { type Command, step } from './step.ts'

const ACTOR = 'the model'

/** Somebody has messages run again that were settled, or failed: it comes to no more than before. */
export const replays: fc.Arbitrary<Command> = picks.map((which) =>
  step(
    'replay',
    which,
    async (history, { commands }) => {
      const ids = picked([...history.settled.keys()], which)
      const { selected } = await replay(commands, { ids }, { actor: ACTOR, dryRun: false })
      expect(selected).toBe(ids.length)
    },
    ({ settled, isPaused }) => settled.size > 0 && !isPaused,
  ),
)

/** What is acknowledged from now on waits. */
export const pauses: fc.Arbitrary<Command> = fc.constant(
  step(
    'pause',
    undefined,
    async (history, { commands }) => {
      await pauseQueue(commands, ACTOR)
      history.isPaused = true
    },
    ({ isPaused }) => !isPaused,
  ),
)

export const resumptions: fc.Arbitrary<Command> = fc.constant(
  step(
    'resume',
    undefined,
    async (history, { commands }) => {
      await resumeQueue(commands, ACTOR)
      history.isPaused = false
      settle(history, history.waiting.splice(0))
    },
    ({ isPaused }) => isPaused,
  ),
)

/** A second endpoint at Clerk with a secret of its own: both deliver everything from now on. */
export const newEndpoints: fc.Arbitrary<Command> = fc.constant(
  step(
    'add an endpoint',
    undefined,
    async (history, installation) => {
      history.secrets = [...history.secrets, newSecret()]
      await installation.acceptSecrets(history.secrets)
    },
    ({ secrets }) => secrets.length === 1,
  ),
)

/** The first one goes, and its secret with it. */
export const retirements: fc.Arbitrary<Command> = fc.constant(
  step(
    'retire an endpoint',
    undefined,
    async (history, installation) => {
      const [first, ...others] = history.secrets
      history.retired.push(first!)
      history.secrets = others
      await installation.acceptSecrets(others)
    },
    ({ secrets }) => secrets.length > 1,
  ),
)
