import { Client } from 'pg'
import { inject } from 'vitest'
import type {} from './provided.ts'
import { uniqueName } from './unique-name.ts'
import { until } from './wait.ts'

/** Disposing of it waits until its connections have been closed, and then drops it: one that stays is a leak. */
export interface TestDatabase extends AsyncDisposable {
  readonly url: string
  /** Removes it, with whatever is still connected. */
  drop(): Promise<void>
}

/**
 * A new, empty database on the shared Postgres. With sessions of its own where asked for, which a queue in Postgres needs
 * [I46]: then no pooler is between.
 */
export async function createDatabase({ session = false } = {}): Promise<TestDatabase> {
  const pooler = inject('pooler')
  const server = pooler?.postgresUrl ?? inject('databaseUrl')
  const name = uniqueName('rollcall_test')
  // As people have them, whatever the server makes by itself: some images make SQL_ASCII.
  await withClient(server, (client) => client.query(`create database ${name} encoding 'UTF8' template template0`))
  const drop = () =>
    withClient(server, async (client) => void (await client.query(`drop database if exists ${name} with (force)`)))
  return {
    url: Object.assign(new URL((session && pooler?.sessionUrl) || inject('databaseUrl')), { pathname: `/${name}` })
      .href,
    drop,
    async [Symbol.asyncDispose]() {
      await untilLeft(pooler && !session ? inPooler(pooler.consoleUrl) : inPostgres(server), name)
      await drop()
    },
  }
}

async function withClient<Result>(url: string, work: (client: Client) => Promise<Result>): Promise<Result> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

/** Who is connected to a database: one word for each connection. */
interface Visitors {
  readonly url: string
  of(client: Client, database: string): Promise<readonly unknown[]>
}

const inPostgres = (url: string): Visitors => ({
  url,
  async of(client, database) {
    const { rows } = await client.query(
      "select from pg_stat_activity where datname = $1 and backend_type = 'client backend'",
      [database],
    )
    return rows
  },
})

/** The pooler's own connections to Postgres stay for a while, and are cut off by the drop, which it takes as it comes. */
const inPooler = (url: string): Visitors => ({
  url,
  async of(client, database) {
    const { rows } = await client.query<{ database: string }>('show clients')
    return rows.filter((row) => row.database === database)
  },
})

/**
 * `pg-pool` says that it has ended while its connections are still closing; one that is then cut off by the drop of its
 * database throws where nobody listens.
 */
async function untilLeft(visitors: Visitors, name: string): Promise<void> {
  await withClient(visitors.url, async (client) => {
    const isLeft = async () => (await visitors.of(client, name)).length === 0
    await until(isLeft, { timeoutMs: 60_000, what: `every connection to ${name} is closed` })
  })
}
