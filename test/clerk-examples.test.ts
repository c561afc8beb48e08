import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import type { RollcallConfig } from '@rollcall/config/define-config'
import { createCatalog } from '@rollcall/resources/catalog'
import { resources } from '@rollcall/resources/registry'
import { captureLog } from '@rollcall/testkit/captured-log'
import { createDatabase } from '@rollcall/testkit/postgres'
import { createQueue } from '@rollcall/testkit/queue'
import { runSeed } from '@rollcall/testkit/seed'
import { settingsOf } from '@rollcall/testkit/settings'
import { until } from '@rollcall/testkit/wait'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Pipeline, startPipeline } from './pipeline.ts'

/** Clerk's own example bodies, where they lie beside the project; elsewhere these tests are listed as skipped. */
const EXAMPLES = new URL('../../shared/clerk/events/', import.meta.url)
const haveExamples = existsSync(EXAMPLES)

interface Example {
  readonly type: string
  readonly text: string
  readonly id: string
}

const examples: readonly Example[] = haveExamples
  ? await Promise.all(
      (await readdir(EXAMPLES))
        .filter((name) => name.endsWith('.json'))
        .map(async (name) => {
          const text = await readFile(new URL(name, EXAMPLES), 'utf8')
          return { type: name.replace('.json', ''), text, id: JSON.parse(text).data.id }
        }),
    )
  : []

const OFF = ['session', 'email', 'sms_message']
const EVERYTHING: RollcallConfig = { resources: { session: true, email: true, sms_message: true } }
const { resourceOf, all } = createCatalog(resources)

/** A pipeline on a new, empty schema, and its queue. */
async function startFresh(config: RollcallConfig, opened: AsyncDisposableStack) {
  const database = opened.use(await createDatabase())
  const queue = opened.use(await createQueue('redis'))
  const variables = { ...queue.variables, DATABASE_URL: database.url }
  const pipeline = opened.use(await startPipeline(variables, captureLog().log, settingsOf(config)))
  return { pipeline, queue }
}

async function empty(pipeline: Pipeline): Promise<void> {
  const tables = await pipeline.query<{ name: string }>(
    "select format('clerk.%I', tablename) as name from pg_tables where schemaname = 'clerk' and tablename <> 'migrations'",
  )
  await pipeline.query(`truncate ${tables.map(({ name }) => name).join(', ')}`)
}

describe.runIf(haveExamples)("Clerk's own examples, signed by Svix's library", () => {
  test.each([
    ['as things are by default', {}, OFF],
    ['with all switched on', EVERYTHING, []],
  ] as const)(
    '[W9] [G2] each into an empty schema, %s, ends in its table, or as ignored where that is off',
    async (_, config, off) => {
      await using opened = new AsyncDisposableStack()
      const { pipeline } = await startFresh(config, opened)
      expect(examples).toHaveLength(45)
      for (const { type, text, id } of examples) {
        await empty(pipeline)
        expect(await pipeline.send(text, `msg_${type}`)).toBe(200)
        await pipeline.untilSettled(1, 20_000)

        const resource = resourceOf(type)!
        const isOff = off.some((name) => name === resource.name)
        expect(
          await pipeline.query('select type, resource, entity_id, outcome, error from clerk.webhook_events'),
        ).toEqual([
          { type, resource: resource.name, entity_id: id, outcome: isOff ? 'ignored' : 'applied', error: null },
        ])
        if (isOff) continue
        const isDeletion = (resource.events as Readonly<Record<string, string>>)[type] === 'delete'
        expect(
          await pipeline.query(
            `select id, data is null as erased, deleted_at is not null as deleted from clerk.${resource.table}`,
          ),
        ).toEqual([{ id, erased: isDeletion, deleted: isDeletion }])
      }
    },
  )

  const seed = runSeed()
  test(`[G1] [W9] all of them into one schema, in any order, end in the same rows (seed ${seed})`, async () => {
    await using opened = new AsyncDisposableStack()
    const { pipeline, queue } = await startFresh(EVERYTHING, opened)
    const orders = fc.sample(fc.shuffledSubarray([...examples], { minLength: examples.length }), { seed, numRuns: 5 })
    const ends: unknown[] = []
    for (const order of [examples, examples.toReversed(), ...orders]) {
      await empty(pipeline)
      await Promise.all(order.map(({ type, text }) => pipeline.send(text, `msg_${type}`)))
      await pipeline.untilSettled(examples.length, 20_000)
      // The next round sends the same messages, and a job that is still there is one that the queue has already.
      const isOver = async () => (await queue.jobs()).length === 0
      await until(isOver, { timeoutMs: 20_000, what: 'the queue has let go of them' })
      const rows = await Promise.all(
        all.map(({ table }) => pipeline.query(`select *, null as synced_at from clerk.${table} order by id`)),
      )
      expect(rows.every((ofTable) => ofTable.length > 0)).toBe(true)
      ends.push(rows)
    }
    for (const end of ends) expect(end).toEqual(ends[0])
  })
})

test('[W9] every event type that Clerk documents has a resource, and every resource an example of its own', () => {
  const types = all.flatMap(({ events }) => Object.keys(events))
  expect(types).toHaveLength(46)
  expect(examples.map(({ type }) => type).filter((type) => !types.includes(type))).toEqual([])
})
