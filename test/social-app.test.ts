import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { loadSettings } from '@rollcall/config/load-settings'
import type { Json } from '@rollcall/shared/json'
import { captureLog } from '@rollcall/testkit/captured-log'
import { type UserEvent, userBody } from '@rollcall/testkit/deliveries'
import { createDatabase } from '@rollcall/testkit/postgres'
import { createQueue } from '@rollcall/testkit/queue'
import { TEST_ROLES } from '@rollcall/testkit/roles'
import { until } from '@rollcall/testkit/wait'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { signUpAnswers } from '../examples/social-app/sign-up-answers.ts'
import { type Pipeline, startPipeline } from './pipeline.ts'

const EXAMPLE = new URL('../examples/social-app/', import.meta.url)
const readExample = (path: string) => readFile(new URL(path, EXAMPLE), 'utf8')

const NOW = 1_764_000_000_000

let opened: AsyncDisposableStack | undefined
let pipeline: Pipeline
beforeAll(async () => {
  await using opening = new AsyncDisposableStack()
  const database = opening.use(await createDatabase())
  const queue = opening.use(await createQueue('redis'))
  const variables = { ...queue.variables, DATABASE_URL: database.url }
  const settings = await loadSettings('rollcall.config.ts', fileURLToPath(EXAMPLE))

  pipeline = opening.use(await startPipeline(variables, captureLog().log, settings))
  await pipeline.query(await readExample('migrations/0001_user_profiles.sql'))
  await pipeline.query(`grant select, insert, update, delete on user_profiles to ${TEST_ROLES.worker}`)
  opened = opening.move()
})
afterAll(() => opened?.disposeAsync())

/** Sends events in this order, each so many times, and resolves when the handlers of all have run. */
async function handle(events: readonly UserEvent[], { times = 1 } = {}): Promise<void> {
  for (const event of events) {
    const messageId = `msg_${event.id}_${event.type.replace('.', '_')}`
    for (let i = 0; i < times; i++) expect(await pipeline.send(userBody(event), messageId)).toBe(200)
  }
  const ids = [...new Set(events.map(({ id }) => id))]
  const areHandled = async () => {
    const entries = await pipeline.query<{ handling: string }>(
      `select handling from clerk.webhook_events where entity_id in ('${ids.join("', '")}')`,
    )
    return entries.length === events.length && entries.every(({ handling }) => handling === 'handled')
  }
  await until(areHandled, { timeoutMs: 20_000, what: `the handlers of ${events.length} events have run` })
}

const profilesOf = (id: string) =>
  pipeline.query(`select birthday::text, country, bio from user_profiles where clerk_id = '${id}'`)

/** A user's life at Clerk, in the order in which it happens. */
function lifeOf(
  id: string,
  answers: Readonly<Record<string, Json>>,
): Record<'created' | 'updated' | 'deleted', UserEvent> {
  const fields = {
    first_name: 'Ada',
    last_name: 'Lovelace',
    image_url: `https://img.example.com/${id}`,
    unsafe_metadata: answers,
    phone_numbers: [{ id: 'idn_1', phone_number: '+15555550100' }],
  }
  return {
    created: { type: 'user.created', id, occurredAt: NOW, updatedAt: NOW, fields },
    updated: { type: 'user.updated', id, occurredAt: NOW + 20, updatedAt: NOW + 10, fields },
    deleted: { type: 'user.deleted', id, occurredAt: NOW + 30 },
  }
}

test('[H2] a user gets one profile, with the answers given at sign-up, however often an event comes', async () => {
  const { created } = lifeOf('user_once', { birthday: '1990-12-10', country: 'GB' })
  await handle([created], { times: 3 })
  expect(await profilesOf('user_once')).toEqual([{ birthday: '1990-12-10', country: 'GB', bio: null }])
})

test('[H1] in the other order too, where the event of the creation is stale', async () => {
  const { created, updated } = lifeOf('user_reversed', { country: 'GB' })
  await handle([updated])
  await handle([updated, created])
  expect(
    await pipeline.query(`select outcome from clerk.webhook_events where id = 'msg_user_reversed_user_created'`),
  ).toEqual([{ outcome: 'stale' }])
  expect(await profilesOf('user_reversed')).toEqual([{ birthday: null, country: 'GB', bio: null }])
})

test('[H2] what the profile says already is not written over', async () => {
  const { created, updated } = lifeOf('user_edited', { birthday: '1990-12-10', country: 'GB' })
  await handle([created])
  await pipeline.query(`update user_profiles set country = 'FR', bio = 'Moved.' where clerk_id = 'user_edited'`)
  await handle([created, updated])
  expect(await profilesOf('user_edited')).toEqual([{ birthday: '1990-12-10', country: 'FR', bio: 'Moved.' }])
})

test('[H1] a user whose deletion comes first gets no profile', async () => {
  const { created, updated, deleted } = lifeOf('user_gone', { country: 'GB' })
  await handle([deleted])
  await handle([deleted, updated, created])
  expect(await profilesOf('user_gone')).toEqual([])
})

test('[T2] after a deletion nothing of the profile is left, and what points at the user still does', async () => {
  const { created, updated, deleted } = lifeOf('user_author', { birthday: '1990-12-10', country: 'GB' })
  await handle([created])
  await pipeline.query(`insert into posts (author_id, body) values ('user_author', 'The engine weaves.')`)
  const timeline = await readExample('queries/timeline.sql')
  const post = { id: '1', body: 'The engine weaves.' }
  expect(await pipeline.query(timeline)).toEqual([
    { ...post, author: 'Ada Lovelace', avatar: 'https://img.example.com/user_author', country: 'GB' },
  ])

  await handle([created, updated, deleted])

  expect(await profilesOf('user_author')).toEqual([])
  expect(await pipeline.query(timeline)).toEqual([
    { ...post, author: 'Somebody who left', avatar: null, country: null },
  ])
  expect(await everyTableAsText('user_author')).not.toMatch(/Ada|Lovelace|1990-12-10|img\.example\.com/)
})

test('[T8] what the app has no use for is kept nowhere', async () => {
  const { created } = lifeOf('user_sparse', {})
  await handle([created])
  expect(await everyTableAsText('user_sparse')).toMatch(/Lovelace/)
  expect(await everyTableAsText('user_sparse')).not.toMatch(/5555550100/)
})

/** All rows of all tables that name this user. */
async function everyTableAsText(id: string): Promise<string> {
  const tables = await pipeline.query<{ name: string }>(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname in ('clerk', 'public')`,
  )
  const rows = await pipeline.query<{ text: string }>(
    tables
      .map(({ name }) => `select row_to_json(t)::text as text from ${name} as t where t::text like '%${id}%'`)
      .join(' union all '),
  )
  return rows.map(({ text }) => text).join('\n')
}

test.each<[unknown, object]>([
  [
    { birthday: '2004-02-29', country: 'DE', plan: 'pro' },
    { birthday: '2004-02-29', country: 'DE' },
  ],
  [
    { birthday: '2005-02-29', country: 'Germany' },
    { birthday: null, country: null },
  ],
  [
    { birthday: '10.12.1990', country: 49 },
    { birthday: null, country: null },
  ],
  [null, { birthday: null, country: null }],
])('[H2] of %j, what Postgres takes is taken', (metadata, answers) => {
  expect(signUpAnswers(metadata)).toEqual(answers)
})
