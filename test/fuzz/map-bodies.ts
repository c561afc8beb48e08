import type { Catalog } from '@rollcall/resources/catalog'
import fc from 'fast-check'
import { fuzzedBodies } from './bodies.ts'
import { checkMapping } from './check-mapping.ts'
import { countedAs, newTally, type Tally } from './tally.ts'

/** So rarely that a million bodies are made and understood within minutes. */
const HUGE_ONCE_IN = 4_000

/** A part of a body that was wrong, enough to see what it is; the seed makes the whole again. */
const MOST_SHOWN = 4_000

/** Maps so many bodies. Throws where one is wrong: with the smallest such body that could be found, and the seed. */
export function mapBodies(catalog: Catalog, options: { readonly count: number; readonly seed: number }): Tally {
  const tally = newTally()
  const found = fc.check(
    fc.property(fuzzedBodies(catalog.all, { hugeOnceIn: HUGE_ONCE_IN, worlds: 1_000 }), (body) => {
      const startedAt = performance.now()
      const verdict = checkMapping(catalog, body)
      countedAs(tally, body.kind, verdict, performance.now() - startedAt)
    }),
    { seed: options.seed, numRuns: options.count },
  )
  if (found.failed) {
    const body = found.counterexample?.[0]
    const shown = body ? `${body.kind}: ${body.raw.toString('utf8').slice(0, MOST_SHOWN)}` : 'none'
    throw new Error(`seed ${found.seed}, path ${found.counterexamplePath}, body ${shown}`, {
      cause: found.errorInstance,
    })
  }
  return tally
}
