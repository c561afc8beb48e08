import { mkdir, rename, rm, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { freePort } from '@rollcall/embedded/free-port'
import { type EmbeddedPostgres, removeEmbeddedPostgres, startEmbeddedPostgres } from '@rollcall/embedded/postgres'
import { postgresAnswers } from '@rollcall/embedded/postgres-answers'
import { mountSmallDisk, type SmallDisk } from '@rollcall/testkit/small-disk'
import { POSTGRES_PREFIX } from '@rollcall/testkit/test-run'
import { uniqueName } from '@rollcall/testkit/unique-name'
import { until } from '@rollcall/testkit/wait'
import { Client } from 'pg'
import { inject } from 'vitest'

/** A Postgres whose disk can be filled. */
export interface FillablePostgres extends SmallDisk {
  readonly url: string
  /** Whether its log is on that disk as well. */
  readonly withLog: boolean
  /** Starts it, if it has not recovered by itself. */
  revive(): Promise<void>
}

/** What initdb makes, a few segments of the log, and what a test writes. */
const DISK_MB = 160

/** A process of this machine, on a disk of its own where one may be mounted. */
export async function startFillablePostgres(): Promise<FillablePostgres> {
  const directory = join(inject('testRun').directory, uniqueName(POSTGRES_PREFIX))
  await mkdir(directory, { mode: 0o755 })
  const mounted = await mountSmallDisk(directory, DISK_MB)
  if (!mounted) {
    console.warn(
      'No disk can be mounted here: in place of a full one, what Postgres writes of the users goes to /dev/full. ' +
        'That its log cannot be written is NOT tested; run this as root, or in a container with CAP_SYS_ADMIN.',
    )
  }
  const settings = { fsync: 'off', full_page_writes: 'off', min_wal_size: '32MB', max_wal_size: '64MB' }
  const server = await startEmbeddedPostgres({ directory, port: await freePort(), settings })
  const disk = mounted ?? usersOnFullDevice(server)
  return {
    url: server.url,
    withLog: mounted !== undefined,
    fill: () => disk.fill(),
    empty: () => disk.empty(),
    async revive() {
      const isThere = async () => (await postgresAnswers(server.url)) || server.start().then(() => true)
      await until(isThere, { timeoutMs: 60_000, what: 'Postgres is there again' })
    },
    async [Symbol.asyncDispose]() {
      await server.kill('SIGKILL')
      await disk[Symbol.asyncDispose]()
      await removeEmbeddedPostgres(directory)
    },
  }
}

/** The table of users, empty as it is, is a device that is always full: any write to it ends as on a full disk. */
function usersOnFullDevice(server: EmbeddedPostgres): SmallDisk {
  let file: string | undefined
  const exchange = async (work: (file: string) => Promise<void>) => {
    file ??= join(server.dataDirectory, await pathOfUsers(server.url))
    await server.stop()
    await work(file)
    await server.start()
  }
  return {
    fill: () =>
      exchange(async (path) => {
        await rename(path, `${path}.empty`)
        await symlink('/dev/full', path)
      }),
    empty: () =>
      exchange(async (path) => {
        await rm(path)
        await rename(`${path}.empty`, path)
      }),
    [Symbol.asyncDispose]: async () => undefined,
  }
}

async function pathOfUsers(url: string): Promise<string> {
  const client = new Client({ connectionString: url })
  await client.connect()
  const { rows } = await client.query<{ path: string }>("select pg_relation_filepath('clerk.users') as path")
  await client.end()
  return rows[0]!.path
}
