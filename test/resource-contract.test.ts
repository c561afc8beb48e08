import { readdir, readFile } from 'node:fs/promises'
import { applyBatch } from '@rollcall/mirror/apply'
import type { Resource } from '@rollcall/resources/define-resource'
import { documentedEventTypes } from '@rollcall/resources/event-types'
import { resources as registered } from '@rollcall/resources/registry'
import type { Envelope } from '@rollcall/shared/envelope'
import { parseEnvelope } from '@rollcall/shared/envelope'
import { isJsonObject, type JsonObject } from '@rollcall/shared/json'
import { everything, keepingOf } from '@rollcall/testkit/catalog'
import { deliveryOf } from '@rollcall/testkit/deliveries'
import { createTestMirror, type TestMirror } from '@rollcall/testkit/mirror'
import { outcomesOf } from '@rollcall/testkit/outcomes'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { robot } from './robot/robot.ts'

/** Columns that every mirrored table has, with their types; a star where null is not allowed. */
const COMMON: Readonly<Record<string, string>> = {
  id: 'text*',
  data: 'jsonb',
  instance_id: 'text',
  version: 'bigint*',
  occurred_at: 'timestamp with time zone*',
  deleted_at: 'timestamp with time zone',
  synced_at: 'timestamp with time zone*',
  event_id: 'text',
}

/** A resource that is made up takes a folder, and this line: all that follows is asked of it as well. */
const catalog = everything({}, [...registered, robot])
const resources = catalog.mirrored

let mirror: TestMirror
beforeAll(async () => {
  mirror = await createTestMirror({ catalog })
})
afterAll(() => mirror[Symbol.asyncDispose]())

test('[W8] no event type belongs to two resources, and Clerk documents each', () => {
  const types = resources.flatMap((resource) => Object.keys(resource.events))
  expect(new Set(types).size).toBe(types.length)
  expect(types.filter((type) => !documentedEventTypes.includes(type))).toEqual(Object.keys(robot.events))
})

test('[W8] Clerk documents 46 event types', () => {
  expect(documentedEventTypes).toHaveLength(46)
})

describe.each(resources.map((resource) => [resource.name, resource] as const))('%s', (_name, resource) => {
  test('[W8] the table has the columns of the mapping and the common ones, and no others', async () => {
    const { rows } = await sql<{ name: string; type: string; nullable: string }>`
      select column_name as name, data_type as type, is_nullable as nullable
      from information_schema.columns
      where table_schema = 'clerk' and table_name = ${resource.table}`.execute(mirror.db)
    const found = Object.fromEntries(
      rows.map(({ name, type, nullable }) => [name, `${type}${nullable === 'NO' ? '*' : ''}`]),
    )
    const mapped = Object.fromEntries(Object.entries(resource.columns).map(([name, { type }]) => [name, type]))
    const ofOwned = Object.keys(resource.owners).length > 0 ? { deleted_with: 'ARRAY' } : {}
    expect(found).toEqual({ ...COMMON, ...ofOwned, ...mapped })
  })

  test('[W8] the table and every column explain themselves', async () => {
    const { rows } = await sql<{ name: string }>`
      select coalesce(a.attname, 'the table itself') as name
      from pg_class c
      left join pg_attribute a on a.attrelid = c.oid and a.attnum > 0
      where c.oid = ${`clerk.${resource.table}`}::regclass
        and (col_description(c.oid, a.attnum) is null or obj_description(c.oid, 'pg_class') is null)`.execute(mirror.db)
    expect(rows).toEqual([])
  })

  test('[W8] the table has no foreign key, and no unique constraint but its primary key', async () => {
    const { rows } = await sql<{ contype: string }>`
      select contype from pg_constraint
      where conrelid = ${`clerk.${resource.table}`}::regclass and contype in ('f', 'u', 'p')`.execute(mirror.db)
    expect(rows).toEqual([{ contype: 'p' }])
  })

  test('[W8] there is an example for every event type and for nothing else', async () => {
    const files = await readdir(resource.fixtures)
    expect(files.sort()).toEqual(
      Object.keys(resource.events)
        .map((type) => `${type}.json`)
        .sort(),
    )
  })

  test.each(Object.keys(resource.events))('[W8] the example of %s fills the row that it should', async (type) => {
    const envelope = await example(resource, type)
    const row = resource.toRow(envelope)
    expect(row.id).toBe((envelope.data as JsonObject).id)
    if (resource.events[type] === 'delete') {
      expect(row).toMatchObject({ data: null, deleted_at: row.occurred_at, version: envelope.occurredAt })
      for (const column of Object.keys(resource.columns)) expect(row[column]).toBeNull()
    } else {
      expect(row).toMatchObject({ data: envelope.data, deleted_at: null })
    }
  })

  test('[W8] every column is filled by one of the examples, unless Clerk has no value for it there', async () => {
    const rows = await Promise.all(
      Object.keys(resource.events).map(async (type) => resource.toRow(await example(resource, type))),
    )
    const empty = Object.keys(resource.columns).filter((column) => rows.every((row) => row[column] === null))
    expect(empty.filter((column) => column !== 'primary_phone_number')).toEqual([])
  })

  test('[W8] every field of the examples is known by name, so that it can be left out', async () => {
    const known = new Set([
      ...['id', 'object', 'deleted', 'slug', 'external_id'],
      ...Object.values(resource.columns).flatMap(({ from }) => from),
      ...resource.otherFields,
    ])
    for (const type of Object.keys(resource.events)) {
      const { data } = await example(resource, type)
      expect(Object.keys(data as JsonObject).filter((field) => !known.has(field))).toEqual([])
    }
  })

  test('[W8] [T3] whatever rows are found by when somebody is deleted has an index', async () => {
    const { rows } = await sql<{ definition: string }>`
      select pg_get_indexdef(indexrelid) as definition from pg_index
      where indrelid = ${`clerk.${resource.table}`}::regclass`.execute(mirror.db)
    const references = [...new Set([...Object.keys(resource.owners), ...Object.keys(resource.personal)])]
    const wanted = references.map((column) =>
      resource.columns[column]!.isAddress ? `(lower(${column}))` : `(${column})`,
    )
    if (Object.keys(resource.owners).length > 0) wanted.push('gin (deleted_with)')
    const missing = wanted.filter((columns) => !rows.some(({ definition }) => definition.includes(columns)))
    expect(missing).toEqual([])
  })

  test('[W11] times are stored with a time zone, amounts as whole numbers with their currency', () => {
    for (const [name, { type }] of Object.entries(resource.columns)) {
      if (/_at$|^period_(start|end)$|_date$/.test(name))
        expect([name, type]).toEqual([name, 'timestamp with time zone'])
      if (/(^|_)amount$/.test(name))
        expect([name, type, resource.columns.currency?.type]).toEqual([name, 'bigint', 'text'])
    }
  })

  test('[W3] with nothing but an id an event is applied all the same', async () => {
    await mirror.clear()
    const deliveries = Object.keys(resource.events).map((type, i) =>
      deliveryOf({ type, timestamp: 1_764_000_000_000, data: { id: `bare_${i}` } }),
    )
    const settled = await applyBatch(
      mirror,
      deliveries.map((delivery) => ({ delivery, attempts: 1 })),
      keepingOf(mirror.catalog),
    )
    expect(outcomesOf(settled)).toEqual(deliveries.map(() => 'applied'))
  })

  test('[W4] text that Postgres does not store, in every field, is applied all the same', async () => {
    await mirror.clear()
    const types = Object.keys(resource.events)
    const deliveries = await Promise.all(
      types.map(async (type, i) =>
        deliveryOf({
          type,
          timestamp: 1_764_000_000_000,
          data: { ...poison((await example(resource, type)).data), id: `poison_${i}` },
        }),
      ),
    )
    const settled = await applyBatch(
      mirror,
      deliveries.map((delivery) => ({ delivery, attempts: 1 })),
      { ...keepingOf(mirror.catalog), bodies: 'all' },
    )
    expect(outcomesOf(settled)).toEqual(types.map(() => 'applied'))
  })
})

async function example(resource: Resource, type: string): Promise<Envelope> {
  return parseEnvelope(deliveryOf(await readFile(new URL(`${type}.json`, resource.fixtures), 'utf8')))
}

/** The same data, with U+0000 and a lone surrogate in every text. */
const poison = (data: Envelope['data']): JsonObject =>
  isJsonObject(data)
    ? Object.fromEntries(
        Object.entries(data).map(([key, value]) => [key, typeof value === 'string' ? `\u0000${value}\ud800` : value]),
      )
    : {}
