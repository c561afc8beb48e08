import assert from 'node:assert/strict'
import { isDeepStrictEqual } from 'node:util'
import { applyBatch } from '@rollcall/mirror/apply'
import type { Mirror } from '@rollcall/mirror/database'
import type { Attempt } from '@rollcall/mirror/interpret'
import { OUTCOMES } from '@rollcall/mirror/tables'
import type { Catalog } from '@rollcall/resources/catalog'
import { packBody } from '@rollcall/shared/delivery'
import type { Json } from '@rollcall/shared/json'
import { userBody } from '@rollcall/testkit/deliveries'
import { sql } from 'kysely'
import type { FuzzedBody } from './bodies.ts'
import { asStored } from './stored-json.ts'
import { countedAs, type Tally } from './tally.ts'

/** Where bodies are applied, and what is counted of that. */
export interface Application {
  readonly mirror: Mirror
  readonly catalog: Catalog
  readonly tally: Tally
  /** Begins the ids of messages, so that those of two never meet. */
  readonly name: string
}

const T0 = 1_764_000_000_000

/**
 * Applies a batch in which one event is well, wherever it stands. Throws unless every event ended once, with a word that the
 * ledger has too, the good one is applied, and each that failed did so for what it says.
 */
export async function applyBodies(
  { mirror, catalog, tally, name }: Application,
  batch: { readonly bodies: readonly FuzzedBody[]; readonly number: number; readonly goodAt: number },
): Promise<void> {
  const goodId = `user_good${name}${batch.number}`
  const good = {
    kind: 'good neighbour',
    raw: Buffer.from(
      JSON.stringify(
        userBody({ type: 'user.created', id: goodId, occurredAt: T0, updatedAt: T0, fields: { first_name: goodId } }),
      ),
    ),
  }
  const bodies = batch.bodies.toSpliced(batch.goodAt, 0, good)
  const attempts = bodies.map(({ raw }, i): Attempt => {
    const messageId = `msg_${name}_${batch.number}_${i}`
    return { delivery: { messageId, attemptedAt: T0, receivedAt: T0, ...packBody(raw) }, attempts: 1 }
  })

  const startedAt = performance.now()
  const options = {
    catalog,
    bodies: batch.number % 2 === 0 ? 'needed' : 'all',
    handledTypes: new Set<string>(),
  } as const
  const settled = await applyBatch(mirror, attempts, options)
  const tookMs = performance.now() - startedAt

  assert.equal(settled.length, attempts.length)
  const ids = attempts.map(({ delivery }) => delivery.messageId)
  const ledger = await ledgerOf(mirror, ids)
  for (const [i, ended] of settled.entries()) {
    const wrong = (what: string, cause?: unknown) =>
      new Error(`${what}; ${bodies[i]!.kind}: ${bodies[i]!.raw.toString('utf8').slice(0, 4_000)}`, { cause })
    if (ended.status === 'rejected') throw wrong('it did not end', ended.reason)
    const { outcome, error } = ended.value
    countedAs(tally, bodies[i]!.kind, outcome, tookMs / attempts.length)
    const entry = ledger.get(ids[i]!)
    if (!entry || entry.outcome !== outcome || !OUTCOMES.includes(entry.outcome)) {
      throw wrong(`it ended ${outcome}, and the ledger says ${entry?.outcome}`)
    }
    if (error && error.code !== 'payload_invalid') throw wrong(`it failed with ${error.code}: ${error.message}`, error)
    if (i === batch.goodAt && outcome !== 'applied') throw wrong(`a good event ended ${outcome}`)
  }
}

type Entry = { readonly id: string; readonly outcome: (typeof OUTCOMES)[number] }

async function ledgerOf(mirror: Mirror, ids: readonly string[]): Promise<ReadonlyMap<string, Entry>> {
  const rows = await mirror.db
    .selectFrom('webhook_events')
    .select(['id', 'outcome'])
    .where('id', '=', sql<string>`any(${ids})`)
    .execute()
  return new Map(rows.map((row) => [row.id, row]))
}

/**
 * Throws unless every row that one of these events wrote last holds, in `data`, what the event said, to the letter. No
 * deletion may have been applied: it takes away what others said.
 */
export async function assertToTheLetter(
  { mirror, catalog, name }: Application,
  number: number,
  bodies: readonly FuzzedBody[],
  goodAt: number,
): Promise<number> {
  let compared = 0
  for (const { table } of catalog.mirrored) {
    const { rows } = await sql<{ event_id: string; data: Json }>`
      select event_id, data from ${sql.id(mirror.schema, table)}
      where starts_with(event_id, ${`msg_${name}_${number}_`})`.execute(mirror.db)
    for (const { event_id, data } of rows) {
      const at = Number(event_id.split('_').at(-1))
      if (at === goodAt) continue
      const { raw } = bodies[at < goodAt ? at : at - 1]!
      const said = asStored((JSON.parse(new TextDecoder().decode(raw)) as { data: unknown }).data)
      if (!isDeepStrictEqual(data, said)) {
        throw new Error(`${table} holds something else than ${event_id} said: ${raw.toString('utf8').slice(0, 4_000)}`)
      }
      compared += 1
    }
  }
  return compared
}
