import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { createRollcall } from '@rollcall/client/rollcall'
import { installDebianPackage } from '@rollcall/testkit/install-debian-package'
import { createTestMirror, type TestMirror } from '@rollcall/testkit/mirror'
import { createDatabase } from '@rollcall/testkit/postgres'
import { createQueue } from '@rollcall/testkit/queue'
import { applyRoles, TEST_PASSWORD } from '@rollcall/testkit/roles'
import { uniqueName } from '@rollcall/testkit/unique-name'
import { Client } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { diagnose } from './diagnose.ts'
import { rollcall } from './rollcall.ts'

const ROLES_FILE = fileURLToPath(new URL('../infra/postgres/roles.sql', import.meta.url))
const WHAT_TO_DO = 'This test needs psql: install it (`apt install postgresql-client`, `brew install libpq`).'

let mirror: TestMirror
let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rollcall-test-roles-'))
  mirror = await createTestMirror()
  await applyRoles(mirror.databaseUrl) // again, as its tables are there now
  await execute(mirror.databaseUrl, 'create schema app; create table app.secrets (id text)')
})
afterAll(async () => {
  await mirror[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
})

async function execute(url: string, text: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query(text)).rows
  } finally {
    await client.end()
  }
}

/** SQLSTATEs of a refused right. `must be owner` is told by the same. */
const REFUSED = { code: '42501' }

const LEDGER = ['webhook_events', 'backfills', 'reconcile_runs', 'audit_log', 'migrations']

test('[I45] the worker may change rows and nothing else, and see no other schema', async () => {
  const refused = [
    'create table clerk.other (id text)',
    'create schema other',
    'alter table clerk.users add column other text',
    'drop table clerk.users',
    'truncate clerk.users',
    'create index on clerk.users (banned)',
    'create table clerk_queue.other (id text)',
    'select * from app.secrets',
    'create table public.other (id text)',
    'create role other',
  ]
  for (const statement of refused)
    await expect(execute(mirror.urls.worker, statement), statement).rejects.toMatchObject(REFUSED)
  await execute(
    mirror.urls.worker,
    'delete from clerk.webhook_events; update clerk.users set banned = true where false',
  )
})

test('[I45] the reader reads what is mirrored and the views over it, writes nothing, and sees nothing of the ledger', async () => {
  for (const { table } of mirror.catalog.mirrored) await execute(mirror.urls.reader, `select * from clerk.${table}`)
  for (const view of ['active_users', 'active_memberships', 'user_emails']) {
    await execute(mirror.urls.reader, `select * from clerk.${view}`)
  }
  const refused = [
    ...LEDGER.map((table) => `select * from clerk.${table}`),
    "insert into clerk.users (id) values ('user_1')",
    'update clerk.users set banned = true',
    'delete from clerk.users',
    'create table clerk.other (id text)',
    'create temporary table clerk_queue.other (id text)',
    'select * from app.secrets',
  ]
  for (const statement of refused) await expect(execute(mirror.urls.reader, statement), statement).rejects.toThrow()
})

test("[I45] an app's client writes the row that it asks for, and sees nothing of the ledger", async () => {
  const user = { id: 'user_1', object: 'user', first_name: 'Ada', created_at: 1_000, updated_at: 1_000 }
  const clerkClient = {
    users: { getUser: async () => ({ raw: user }) },
    organizations: { getOrganization: async () => expect.unreachable() },
  }
  await using client = createRollcall({ database: mirror.urls.client, clerkClient: clerkClient as never })
  expect(await client.ensureUser('user_1')).toMatchObject({ id: 'user_1', first_name: 'Ada' })
  for (const table of LEDGER) {
    await expect(execute(mirror.urls.client, `select * from clerk.${table}`)).rejects.toMatchObject(REFUSED)
  }
  await expect(execute(mirror.urls.client, 'delete from clerk.users')).rejects.toMatchObject(REFUSED)
})

test('[I45] psql and no superuser: roles by other names for another schema, twice, and all that they are for works', async () => {
  await installPsql()
  await using database = await createDatabase({ session: true })
  await using queue = await createQueue('redis')
  const name = (what: string) => `${uniqueName('r')}_${what}`
  const [admin, migrator, worker, client, reader] = ['admin', 'migrator', 'worker', 'client', 'reader'].map(name) as [
    string,
    string,
    string,
    string,
    string,
  ]
  const urlOf = (role: string) => Object.assign(new URL(database.url), { username: role, password: TEST_PASSWORD }).href
  // As where Postgres is somebody else's: the owner of a database, and no superuser.
  await execute(
    database.url,
    `create role ${admin} login createrole password '${TEST_PASSWORD}';
     alter database ${new URL(database.url).pathname.slice(1)} owner to ${admin}`,
  )
  try {
    const applied = () => psql(urlOf(admin), { schema: 'mirror', migrator, worker, client, reader })
    await applied()
    for (const role of [migrator, worker, client, reader]) {
      await execute(urlOf(admin), `alter role ${role} password '${TEST_PASSWORD}'`)
    }
    const variables = (role: string) => ({ DATABASE_URL: urlOf(role), DATABASE_SCHEMA: 'mirror' })
    for (const more of [{}, queue.variables]) {
      const { code, stderr } = await rollcall(folder, ['migrate'], { ...variables(migrator), ...more })
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
      const { statuses } = await diagnose(folder, { ...variables(worker), ...more })
      expect(statuses).toMatchObject({ schema: 'passed', grants: 'passed', queue: 'passed' })
    }
    await expect(execute(urlOf(migrator), 'create schema other')).rejects.toMatchObject(REFUSED)
    await applied()
    expect(await execute(urlOf(reader), 'select * from mirror.active_users')).toEqual([])
    await expect(execute(urlOf(reader), 'select * from mirror.webhook_events')).rejects.toMatchObject(REFUSED)
  } finally {
    await database.drop()
    const server = Object.assign(new URL(database.url), { pathname: '/postgres' }).href
    for (const role of [reader, client, worker, migrator, admin]) await execute(server, `drop role ${role}`)
  }
})

const run = promisify(execFile)

async function installPsql(): Promise<void> {
  const isThere = () => run('psql', ['--version']).then(Boolean, () => false)
  if (!(await isThere())) await installDebianPackage('postgresql-client', WHAT_TO_DO)
}

async function psql(url: string, variables: Readonly<Record<string, string>>): Promise<void> {
  const named = Object.entries(variables).flatMap(([name, value]) => ['-v', `${name}=${value}`])
  await run('psql', ['--no-psqlrc', '--quiet', ...named, '--file', ROLES_FILE, url])
}
