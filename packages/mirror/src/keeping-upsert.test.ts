import type { Row } from '@rollcall/resources/row'
import { user } from '@rollcall/resources/user/user'
import { isoTime } from '@rollcall/shared/time'
import { createTestMirror, type TestMirror } from '@rollcall/testkit/mirror'
import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { foldKeeping } from './fold.ts'
import { keepingUpsert } from './keeping-upsert.ts'

const erased = Object.fromEntries(Object.keys(user.columns).map((column) => [column, null]))
const common = { ...erased, id: 'user_1', data: null, instance_id: null }

const values = (version: number, eventId = 'msg_m'): Row => ({
  ...common,
  first_name: `Name ${version}`,
  version,
  occurred_at: isoTime(version),
  deleted_at: null,
  event_id: eventId,
})

const deletion = (at: number, eventId = 'msg_d'): Row => ({
  ...common,
  version: at,
  occurred_at: isoTime(at),
  deleted_at: isoTime(at),
  event_id: eventId,
})

interface Case {
  readonly held: readonly Row[]
  readonly incoming: Row
  readonly isWritten: boolean
}

/** Values are compared with values, and deletions with deletions. */
const CASES: Readonly<Record<string, Case>> = {
  'values where there is nothing': { held: [], incoming: values(100), isWritten: true },
  'newer values': { held: [values(50)], incoming: values(100), isWritten: true },
  'the same values': { held: [values(100)], incoming: values(100), isWritten: false },
  'values that are alike, by an earlier id': {
    held: [values(100)],
    incoming: values(100, 'msg_a'),
    isWritten: false,
  },
  'older values': { held: [values(150)], incoming: values(100), isWritten: false },
  'newer values of a deleted row': { held: [values(50), deletion(200)], incoming: values(100), isWritten: true },
  'values over a deletion alone': { held: [deletion(200)], incoming: values(100), isWritten: true },
  'a deletion where there is nothing': { held: [], incoming: deletion(100), isWritten: true },
  'a deletion over values': { held: [values(150)], incoming: deletion(100), isWritten: true },
  'a later deletion': { held: [values(50), deletion(90)], incoming: deletion(100), isWritten: true },
  'the same deletion': { held: [values(50), deletion(100)], incoming: deletion(100), isWritten: false },
  'an earlier deletion': { held: [values(50), deletion(110)], incoming: deletion(100), isWritten: false },
  'the same deletion, alone': { held: [deletion(100)], incoming: deletion(100), isWritten: false },
}

describe('keepingUpsert', () => {
  let mirror: TestMirror
  beforeAll(async () => {
    mirror = await createTestMirror()
  })
  beforeEach(() => mirror.clear())
  afterAll(() => mirror[Symbol.asyncDispose]())

  const write = async (rows: readonly Row[]) =>
    (await keepingUpsert(mirror.schema, user, foldKeeping(rows)).execute(mirror.db)).rows.map(({ id }) => id)
  const stored = async () =>
    (
      await sql<{ first_name: string | null; version: string; deleted_at: Date | null }>`
        select first_name, version, deleted_at from clerk.users`.execute(mirror.db)
    ).rows[0]!

  for (const [name, { held, incoming, isWritten }] of Object.entries(CASES)) {
    test(`[T5] ${name}: ${isWritten ? 'written' : 'refused'}`, async () => {
      if (held.length > 0) await write(held)
      const before = held.length > 0 ? await stored() : undefined

      expect(await write([incoming])).toEqual(isWritten ? ['user_1'] : [])

      const after = await stored()
      if (!isWritten) expect(after).toEqual(before)
      else if (incoming.deleted_at === null) {
        expect(after).toMatchObject({ first_name: incoming.first_name, deleted_at: before?.deleted_at ?? null })
      } else {
        expect(after).toMatchObject({
          first_name: before?.first_name ?? null,
          deleted_at: new Date(incoming.deleted_at),
        })
      }
    })
  }
})
