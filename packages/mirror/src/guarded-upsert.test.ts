import { type Row, standingOf } from '@rollcall/resources/row'
import { supersedes } from '@rollcall/resources/standing'
import { user } from '@rollcall/resources/user/user'
import { isoTime } from '@rollcall/shared/time'
import { createTestMirror, type TestMirror } from '@rollcall/testkit/mirror'
import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { guardedUpsert } from './guarded-upsert.ts'

interface Place {
  readonly version?: number
  readonly occurredAt?: number
  readonly deleted?: boolean
  readonly eventId?: string | null
}

/** A row that stands at the place given, and otherwise at 100, by an event in the middle of the alphabet. */
function row({ version = 100, occurredAt = 100, deleted = false, eventId = 'msg_m' }: Place, name = 'Ada'): Row {
  const erased = Object.fromEntries(Object.keys(user.columns).map((column) => [column, null]))
  return {
    ...erased,
    first_name: deleted ? null : name,
    id: 'user_1',
    data: null,
    instance_id: null,
    version,
    occurred_at: isoTime(occurredAt),
    deleted_at: deleted ? isoTime(occurredAt) : null,
    event_id: eventId,
  }
}

/** What the table may hold before the write. */
const held = {
  nothing: undefined,
  older: row({ version: 50 }),
  olderByALaterEvent: row({ version: 50, occurredAt: 150 }),
  sameVersionEarlierEvent: row({ occurredAt: 99 }),
  sameVersionLaterEvent: row({ occurredAt: 101 }),
  theSame: row({}),
  alikeButAnEarlierId: row({ eventId: 'msg_a' }),
  alikeButALaterId: row({ eventId: 'msg_z' }),
  alikeByABackfill: row({ eventId: null }),
  newer: row({ version: 150 }),
  newerByAnEarlierEvent: row({ version: 150, occurredAt: 50 }),
  deletedBefore: row({ version: 50, occurredAt: 50, deleted: true }),
  deletedAtTheSameTime: row({ deleted: true }),
  deletedAfter: row({ version: 150, occurredAt: 150, deleted: true }),
} satisfies Record<string, Row | undefined>

const incoming = {
  upsert: row({}, 'Grace'),
  delete: row({ deleted: true }),
  backfill: row({ eventId: null }, 'Grace'),
} satisfies Record<string, Row>

type Held = keyof typeof held
type Incoming = keyof typeof incoming

/** Every pair. The type leaves no cell out: a new state does not compile until it is decided. */
const written: Record<Held, Record<Incoming, boolean>> = {
  nothing: { upsert: true, delete: true, backfill: true },
  older: { upsert: true, delete: true, backfill: true },
  olderByALaterEvent: { upsert: true, delete: true, backfill: true },
  sameVersionEarlierEvent: { upsert: true, delete: true, backfill: true },
  sameVersionLaterEvent: { upsert: false, delete: true, backfill: false },
  theSame: { upsert: false, delete: true, backfill: false },
  alikeButAnEarlierId: { upsert: true, delete: true, backfill: false },
  alikeButALaterId: { upsert: false, delete: true, backfill: false },
  alikeByABackfill: { upsert: true, delete: true, backfill: false },
  newer: { upsert: false, delete: true, backfill: false },
  newerByAnEarlierEvent: { upsert: false, delete: true, backfill: false },
  deletedBefore: { upsert: false, delete: true, backfill: false },
  deletedAtTheSameTime: { upsert: false, delete: false, backfill: false },
  deletedAfter: { upsert: false, delete: false, backfill: false },
}

describe('guardedUpsert', () => {
  let mirror: TestMirror
  beforeAll(async () => {
    mirror = await createTestMirror()
  })
  beforeEach(() => mirror.clear())
  afterAll(() => mirror[Symbol.asyncDispose]())

  const write = async (rows: readonly Row[]) =>
    (await guardedUpsert(mirror.schema, user, rows).execute(mirror.db)).rows.map(({ id }) => id)

  for (const state of Object.keys(held) as Held[]) {
    for (const kind of Object.keys(incoming) as Incoming[]) {
      const isWritten = written[state][kind]

      test(`[V1] [V2] ${kind} over ${state}: ${isWritten ? 'written' : 'refused'}`, async () => {
        const before: Row | undefined = held[state]
        if (before) await write([before])

        expect(await write([incoming[kind]])).toEqual(isWritten ? ['user_1'] : [])
        if (before) expect(supersedes(standingOf(incoming[kind]), standingOf(before))).toBe(isWritten)
      })
    }
  }

  test('[U1] a refused row leaves every column as it was', async () => {
    await write([row({ version: 150 }, 'Ada')])
    const before = await readUsers(mirror)
    await write([row({ version: 100 }, 'Grace')])

    expect(await readUsers(mirror)).toEqual(before)
  })

  test('[V3] nothing revives a deleted row', async () => {
    await write([row({ deleted: true })])
    await write([row({ version: 10_000, occurredAt: 10_000, eventId: 'msg_z' }, 'Grace')])

    const [held] = await readUsers(mirror)
    expect(held).toMatchObject({ first_name: null, deleted_at: new Date(100) })
  })

  test('[V2] event ids are compared by their bytes, whatever the locale of the database', async () => {
    const collateBy = (collation: string) =>
      sql`alter table clerk.users alter column event_id type text collate ${sql.id(collation)}`.execute(mirror.db)
    // A database of a test may be in a locale that compares bytes; this one never does.
    await collateBy('en-x-icu')
    try {
      await write([row({ eventId: 'msg_a' }, 'Ada')])
      // Byte order puts capitals first; most locales would put `msg_B` after `msg_a`.
      expect(await write([row({ eventId: 'msg_B' }, 'Grace')])).toEqual([])
    } finally {
      await collateBy('default')
    }
  })

  test('[W3] what is null at Clerk is null in a column of JSON, and no JSON null', async () => {
    await write([{ ...row({}), data: { id: 'user_1', public_metadata: null, unsafe_metadata: { theme: 'dark' } } }])
    const { rows } = await sql`
      select public_metadata is null as is_null, unsafe_metadata from clerk.users`.execute(mirror.db)
    expect(rows).toEqual([{ is_null: true, unsafe_metadata: { theme: 'dark' } }])
  })
})

const readUsers = (mirror: TestMirror) =>
  mirror.db
    .selectFrom('users' as never)
    .selectAll()
    .execute()
