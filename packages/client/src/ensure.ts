import type { Mirror } from '@rollcall/mirror/database'
import type { Catalog, MirroredResource } from '@rollcall/resources/catalog'
import { DeadlineExceeded, withDeadline } from '@rollcall/shared/deadline'
import { type AskClerk, unavailable } from './ask-clerk.ts'
import { databaseError } from './database-error.ts'
import type { Kind } from './kinds.ts'
import { readRow, type StoredRow } from './read-row.ts'
import { RollcallError } from './rollcall-error.ts'
import { writeAnswer } from './write-answer.ts'

export interface EnsureOptions {
  /** What a call comes to if the row is missing and Clerk does not answer: an error, the default, or `undefined`. */
  readonly ifUnavailable?: 'throw' | 'undefined'
}

/** The row of an id: the mirror's, or, where that has none, the one that Clerk's answer makes. */
export interface Ensure<Row> {
  (id: string, options?: { readonly ifUnavailable?: 'throw' }): Promise<Row>
  (id: string, options: EnsureOptions): Promise<Row | undefined>
}

/** What every kind of row is ensured with. */
export interface EnsureParts {
  readonly mirror: Mirror
  readonly catalog: Catalog
  readonly askClerk: AskClerk
  /** So many ask Clerk at a time; the others wait for their turn. */
  readonly inTurn: <Value>(work: () => Promise<Value>) => Promise<Value>
  readonly instanceId: string | undefined
  readonly deadlineMs: number
  /** Counts a call as one that is under way; throws where there are to be no more. */
  readonly track: <Value>(call: () => Promise<Value>) => Promise<Value>
}

/** What a call waits for at the moment, which is at fault if its time runs out. */
interface Progress {
  waitsFor: 'database' | 'clerk'
}

/** A question to Clerk that all who ask for the same id share, with its outcome and its deadline [N2]. */
interface Flight {
  readonly progress: Progress
  readonly outcome: Promise<StoredRow>
}

/**
 * Letters, digits, `_` and `-`, as Clerk's ids are: the SDK puts them into a path as they are, where other characters
 * would ask for something else. No longer than the mirror's ids.
 */
const ID = /^[\w-]{1,255}$/

export function createEnsure(
  kind: Kind,
  parts: EnsureParts,
): (id: string, options?: EnsureOptions) => Promise<StoredRow | undefined> {
  const { mirror, catalog, askClerk, inTurn, instanceId, deadlineMs, track } = parts
  const flights = new Map<string, Flight>()

  const read = (resource: MirroredResource, id: string) =>
    readRow(mirror.db, mirror.schema, resource, id).catch((thrown) => {
      throw databaseError(thrown)
    })

  /** Within the deadline, or the error of whatever was waited for. */
  async function inTime<Value>(id: string, work: Promise<Value>, progress: () => Progress): Promise<Value> {
    try {
      return await withDeadline(work, deadlineMs)
    } catch (thrown) {
      if (!(thrown instanceof DeadlineExceeded)) throw thrown
      const reason = `no answer within ${deadlineMs} ms`
      if (progress().waitsFor === 'clerk') throw unavailable(kind, id, reason, { cause: thrown })
      throw new RollcallError(
        'database_unavailable',
        `Postgres was asked for the ${kind.name} ${id}: ${reason}. Try again later; look for locks, and for a pool that is used up.`,
        { cause: thrown },
      )
    }
  }

  async function fetchAndWrite(resource: MirroredResource, id: string, endsAt: number, progress: Progress) {
    // Who has just found no row may have looked before another's flight landed: without this they would ask Clerk again.
    const row = await read(resource, id)
    if (row) return row
    progress.waitsFor = 'clerk'
    const answer = await inTurn(() => {
      const leftMs = endsAt - performance.now()
      // Who has waited for too long does not ask any more; who asks in vain makes room for the next.
      return leftMs > 0 ? withDeadline(askClerk(kind, id), leftMs) : Promise.reject(new DeadlineExceeded())
    })
    progress.waitsFor = 'database'
    return await writeAnswer(mirror, catalog, resource, answer, { instanceId, timeoutMs: deadlineMs }).catch(
      (thrown) => {
        throw databaseError(thrown)
      },
    )
  }

  function takeOff(resource: MirroredResource, id: string, endsAt: number): Flight {
    const progress: Progress = { waitsFor: 'database' }
    const work = fetchAndWrite(resource, id, endsAt, progress)
    const outcome = withDeadline(work, endsAt - performance.now()).finally(() => flights.delete(id))
    const flight = { progress, outcome }
    flights.set(id, flight)
    return flight
  }

  async function find(id: string): Promise<StoredRow> {
    const resource = requireMirrored(kind, catalog)
    if (typeof id !== 'string' || !ID.test(id)) throw invalidId(kind)
    const endsAt = performance.now() + deadlineMs
    let progress: Progress = { waitsFor: 'database' }

    async function readOrShare(): Promise<StoredRow> {
      const row = await read(resource, id)
      if (row) return row
      const flight = flights.get(id) ?? takeOff(resource, id, endsAt)
      progress = flight.progress
      return flight.outcome
    }
    const row = await inTime(id, readOrShare(), () => progress)
    if (row.deleted_at !== null) throw deleted(kind, id)
    return row
  }

  return (id, { ifUnavailable = 'throw' } = {}) =>
    track(() => find(id)).catch((error: unknown) => {
      const isUnavailable = error instanceof RollcallError && error.code === 'clerk_unavailable'
      if (isUnavailable && ifUnavailable === 'undefined') return undefined
      throw error
    })
}

/** The kind's resource; an error where `config` switches it off [N6]. */
export function requireMirrored(kind: Kind, catalog: Catalog): MirroredResource {
  const resource = catalog.mirroredNamed(kind.name)
  if (resource) return resource
  throw new RollcallError(
    'not_mirrored',
    `The config that createRollcall was given does not mirror \`${kind.name}\`: switch it on in rollcall.config.ts, and run \`rollcall migrate\`.`,
  )
}

/** It does not repeat the id, which may be anything that somebody sent. */
const invalidId = ({ name }: Kind) =>
  new RollcallError(
    'id_invalid',
    `The id of the ${name} is not a text of 1 to 255 letters, digits, "_" and "-", as Clerk's ids are. Pass on the one in a session, not what somebody typed: nothing was asked.`,
  )

const deleted = ({ name }: Kind, id: string) =>
  new RollcallError(
    `${name}_deleted`,
    `The ${name} ${id} is deleted, for good: Clerk never reuses an id. Treat whoever still comes with it as signed out.`,
  )
