import { Client } from 'pg'
import { inject } from 'vitest'
import type {} from './provided.ts'
import { uniqueName } from './unique-name.ts'

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
    [Symbol.asyncDispose]: drop,
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
