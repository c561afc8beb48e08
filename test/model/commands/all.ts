import type fc from 'fast-check'
import { echoes, happen } from './at-clerk.ts'
import { cuts, kills, restarts } from './crashes.ts'
import { deliveries, duplicates, forgeries, losses, poisons, resends } from './deliveries.ts'
import { newEndpoints, pauses, replays, resumptions, retirements } from './operations.ts'
import { backfills, cutReconciles, reconciles } from './reads.ts'
import type { Command } from './step.ts'

/** What may happen. What is here more often happens more often, for without it the others have nothing to happen to. */
export const commandsOf = (options: { readonly kills: boolean }): fc.Arbitrary<Command>[] => [
  ...Array.from({ length: 6 }, () => happen),
  ...Array.from({ length: 5 }, () => deliveries),
  ...Array.from({ length: 3 }, () => cuts),
  ...Array.from({ length: 3 }, () => resumptions),
  ...Array.from({ length: 2 }, () => reconciles),
  ...Array.from({ length: 2 }, () => backfills),
  ...Array.from({ length: options.kills ? 2 : 0 }, () => kills),
  ...Array.from({ length: 3 }, () => echoes),
  cutReconciles,
  duplicates,
  losses,
  resends,
  poisons,
  forgeries,
  restarts,
  replays,
  pauses,
  newEndpoints,
  retirements,
]
