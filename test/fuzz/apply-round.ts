import assert from 'node:assert/strict'
import type { Mirror } from '@rollcall/mirror/database'
import type { Catalog } from '@rollcall/resources/catalog'
import fc from 'fast-check'
import { sql } from 'kysely'
import { type Application, applyBodies, assertToTheLetter } from './apply-bodies.ts'
import { type FuzzedBody, fuzzedBodies } from './bodies.ts'
import { databaseShape } from './database-shape.ts'
import { newTally, type Tally, totalOf } from './tally.ts'

const MOST_IN_A_BATCH = 40

/** Batches at once, as of several workers. */
const AT_ONCE = 3

/** How many there are of everything: hardly two events about one entity, or many. */
const WORLDS = { letter: 1_000_000, all: 200 } as const

export interface Applied {
  readonly tally: Tally
  /** Rows that were compared with what their events said. */
  readonly compared: number
}

/**
 * Applies at least so many bodies to a mirror that is empty: one half without deletions, of which every row is compared with
 * what was said, and one in which everything happens. In the end there are as many entries as events, and all tables.
 */
export async function applyRound(
  mirror: Mirror,
  catalog: Catalog,
  plan: { readonly count: number; readonly seed: number },
  say: (text: string) => void,
): Promise<Applied> {
  const tally = newTally()
  const before = await databaseShape(mirror)
  let compared = 0
  for (const name of ['letter', 'all'] as const) {
    const application: Application = { mirror, catalog, tally, name }
    const keeps = name === 'letter' ? isNoDeletion(catalog) : () => true
    const upTo = name === 'letter' ? plan.count / 2 : plan.count
    let number = 0
    while (totalOf(tally) < upTo) {
      const batches = batchesOf(catalog, { seed: plan.seed + number, from: number, worlds: WORLDS[name] })
      await Promise.all(
        batches.map(async ({ bodies, goodAt, ...batch }) => {
          const kept = bodies.filter(keeps)
          const place = Math.min(goodAt, kept.length)
          await applyBodies(application, { bodies: kept, goodAt: place, number: batch.number })
          if (name === 'letter') compared += await assertToTheLetter(application, batch.number, kept, place)
        }),
      )
      number += AT_ONCE
      if (number % (AT_ONCE * 50) === 0) say(`applying: ${totalOf(tally).toLocaleString('en')} events`)
    }
  }
  const { rows } = await sql<{ count: string }>`
    select count(*) from ${sql.id(mirror.schema, 'webhook_events')}`.execute(mirror.db)
  assert.equal(Number(rows[0]!.count), totalOf(tally), 'the ledger has another number of entries')
  assert.equal(await databaseShape(mirror), before, 'something of the database is not as it was')
  return { tally, compared }
}

function batchesOf(catalog: Catalog, { seed, from, worlds }: { seed: number; from: number; worlds: number }) {
  const batch = fc.record({
    bodies: fc.array(fuzzedBodies(catalog.all, { hugeOnceIn: 400, worlds }), {
      minLength: 1,
      maxLength: MOST_IN_A_BATCH,
    }),
    goodAt: fc.nat(MOST_IN_A_BATCH),
  })
  return fc
    .sample(batch, { seed, numRuns: AT_ONCE })
    .map(({ bodies, goodAt }, i) => ({ bodies, goodAt: Math.min(goodAt, bodies.length), number: from + i }))
}

/** Whether a body is read as anything but a deletion. */
function isNoDeletion(catalog: Catalog): (body: FuzzedBody) => boolean {
  const deletions = catalog.all.flatMap(({ events }) =>
    Object.entries<string>(events).flatMap(([type, change]) => (change === 'delete' ? [type] : [])),
  )
  return ({ raw }) => {
    try {
      return !deletions.includes((JSON.parse(raw.toString('utf8')) as { type?: string } | null)?.type ?? '')
    } catch {
      return true
    }
  }
}
