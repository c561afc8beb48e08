import { readFile } from 'node:fs/promises'
import { Client } from 'pg'

/** The roles of `infra/postgres/roles.sql`, by what each is for. */
export type Roles = Readonly<Record<'migrator' | 'worker' | 'client' | 'reader', string>>

/** Shared by all tests on a server, on which they stay: databases come and go, and roles belong to none. */
export const TEST_ROLES: Roles = {
  migrator: 'rollcall_test_migrator',
  worker: 'rollcall_test_worker',
  client: 'rollcall_test_client',
  reader: 'rollcall_test_reader',
}

/** No secret: there is nothing on a server of tests. */
export const TEST_PASSWORD = 'rollcall-test'

const FILE = new URL('../../../infra/postgres/roles.sql', import.meta.url)

/** Sets a database up for our roles by the file itself, as its administrator, and answers the URL of each role. */
export async function applyRoles(databaseUrl: string, schema = 'clerk'): Promise<Roles> {
  await createRoles(databaseUrl)
  const statements = withVariables(await readFile(FILE, 'utf8'), { schema, ...TEST_ROLES })
  await execute(databaseUrl, (client) => client.query(statements))
  const urls = Object.entries(TEST_ROLES).map(([purpose, username]) => [
    purpose,
    Object.assign(new URL(databaseUrl), { username, password: TEST_PASSWORD }).href,
  ])
  return Object.fromEntries(urls) as Roles
}

/** What psql does: its own commands begin with a backslash, and its variables with a colon. */
const withVariables = (text: string, variables: Readonly<Record<string, string>>): string =>
  text.replaceAll(/^\\.*$/gm, '').replaceAll(/:'(\w+)'/g, (_, name: string) => `'${variables[name]}'`)

/** With a password, which the file leaves to people. Files of tests take turns: they may all be the first. */
async function createRoles(databaseUrl: string): Promise<void> {
  await execute(Object.assign(new URL(databaseUrl), { pathname: '/postgres' }).href, async (client) => {
    await client.query('begin')
    await client.query("select pg_advisory_xact_lock(hashtextextended('rollcall test roles', 0))")
    const { rows } = await client.query<{ rolname: string }>('select rolname from pg_roles')
    const present = new Set(rows.map(({ rolname }) => rolname))
    for (const role of Object.values(TEST_ROLES)) {
      if (!present.has(role)) await client.query(`create role ${role} login password '${TEST_PASSWORD}'`)
    }
    await client.query('commit')
  })
}

async function execute(url: string, work: (client: Client) => Promise<unknown>): Promise<void> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    await work(client)
  } finally {
    await client.end()
  }
}
