import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { captureLog } from '@rollcall/testkit/captured-log'
import { createDatabase } from '@rollcall/testkit/postgres'
import { createQueue } from '@rollcall/testkit/queue'
import { settingsOf } from '@rollcall/testkit/settings'
import { expect, test } from 'vitest'
import { startPipeline } from './pipeline.ts'

/** Clerk's own example bodies, where they lie beside the project; elsewhere this test is listed as skipped. */
const EXAMPLES = new URL('../../shared/clerk/events/', import.meta.url)
const haveExamples = existsSync(EXAMPLES)

test.runIf(haveExamples)(
  "[G2] each of Clerk's own examples that is there ends as it should, signed by Svix's library",
  async () => {
    await using database = await createDatabase()
    await using queue = await createQueue('redis')
    await using pipeline = await startPipeline({ ...queue.variables, DATABASE_URL: database.url }, captureLog().log)

    const names = (await readdir(EXAMPLES)).filter((name) => name.endsWith('.json'))
    for (const name of names) {
      expect(await pipeline.send(await readFile(new URL(name, EXAMPLES), 'utf8'), `msg_${name}`)).toBe(200)
    }
    await pipeline.untilSettled(names.length, 20_000)

    const outcomes = await pipeline.query<{ type: string; outcome: string }>(
      'select type, outcome from clerk.webhook_events',
    )
    expect(outcomes.filter(({ outcome }) => outcome === 'failed')).toEqual([])
    const ignored = outcomes.filter(({ outcome }) => outcome === 'ignored').map(({ type }) => type)
    const notMirrored = names
      .map((name) => name.replace('.json', ''))
      .filter((type) => !settingsOf().catalog.mirroredBy(type))
    expect(ignored.sort()).toEqual(notMirrored.sort())
    // All three are about one user: the deletion outranks the others, which came after it or before it.
    expect(
      await pipeline.query('select id, first_name, data, version, occurred_at, deleted_at from clerk.users'),
    ).toEqual([
      {
        id: 'user_2g7np7Hrk0SN6kj5EDMLDaKNL0S',
        first_name: null,
        data: null,
        version: '1716883200000', // the examples' timestamps are in seconds [V4]
        occurred_at: new Date(1_716_883_200_000),
        deleted_at: new Date(1_716_883_200_000),
      },
    ])
  },
)
