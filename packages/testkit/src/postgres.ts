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

/** A new, empty database on the shared Postgres. */
export async function createDatabase(): Promise<TestDatabase> {
  const server = inject('databaseUrl')
  const name = uniqueName('rollcall_test')
  await execute(server, `create database ${name}`)
  const drop = () => execute(server, `drop database if exists ${name} with (force)`)
  return {
    url: Object.assign(new URL(server), { pathname: `/${name}` }).href,
    drop,
    async [Symbol.asyncDispose]() {
      await untilLeft(server, name)
      await drop()
    },
  }
}

async function execute(url: string, statement: string): Promise<void> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}

/**
 * `pg-pool` says that it has ended while its connections are still closing; one that is then cut off by the drop of its
 * database throws where nobody listens.
 */
async function untilLeft(server: string, name: string): Promise<void> {
  const client = new Client({ connectionString: server })
  await client.connect()
  const isLeft = async () => {
    const { rows } = await client.query(
      "select from pg_stat_activity where datname = $1 and backend_type = 'client backend'",
      [name],
    )
    return rows.length === 0
  }
  try {
    await until(isLeft, { timeoutMs: 10_000, what: `every connection to ${name} is closed` })
  } finally {
    await client.end()
  }
}
