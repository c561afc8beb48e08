import { execFile } from 'node:child_process'
import { appendFile, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { type EmbeddedPostgres, removeEmbeddedPostgres, startEmbeddedPostgres } from '@rollcall/embedded/postgres'
import { inject } from 'vitest'
import type { OwnServer } from './own-server.ts'
import { processServer } from './process-server.ts'
import type {} from './provided.ts'
import { testPort } from './test-port.ts'
import { POSTGRES_PREFIX } from './test-run.ts'
import { uniqueName } from './unique-name.ts'

/** A Postgres that follows another one, and can be told to take its place. */
export interface Replica extends OwnServer {
  /** Makes it a primary, on a timeline of its own; also one that takes no connections yet. */
  promote(): Promise<void>
}

const run = promisify(execFile)

/** A primary that tells of no commit before its replica has it, and that replica: two processes of this machine. */
export async function startReplicatedPostgres(): Promise<{ readonly primary: OwnServer; readonly replica: Replica }> {
  const [primaryDirectory, replicaDirectory] = [newDirectory(), newDirectory()]
  const primary = await startEmbeddedPostgres({
    directory: primaryDirectory,
    port: await testPort(),
    settings: { fsync: 'off', wal_level: 'replica', synchronous_standby_names: '*' },
  })
  // What a base backup is, where nobody else is connected.
  await primary.stop()
  await run('cp', ['-a', dirname(primary.dataDirectory), replicaDirectory])
  await primary.start()
  await follow(primary, join(replicaDirectory, 'data'))
  const replica = await startEmbeddedPostgres({
    directory: replicaDirectory,
    port: await testPort(),
    settings: { fsync: 'off' },
  })
  return {
    primary: processServer(primary, () => removeEmbeddedPostgres(primaryDirectory)),
    replica: {
      ...processServer(replica, () => removeEmbeddedPostgres(replicaDirectory)),
      promote: () => promote(replica.dataDirectory),
    },
  }
}

const newDirectory = () => join(inject('testRun').directory, uniqueName(POSTGRES_PREFIX))

async function follow(primary: EmbeddedPostgres, dataDirectory: string): Promise<void> {
  const { hostname, port, username, password } = new URL(primary.url)
  await signalFile(dataDirectory, 'standby.signal')
  await appendFile(
    join(dataDirectory, 'postgresql.auto.conf'),
    `primary_conninfo = 'host=${hostname} port=${port} user=${username} password=${password}'\n`,
  )
}

/** As `pg_ctl promote` does, which is not among the binaries everywhere. */
async function promote(dataDirectory: string): Promise<void> {
  await signalFile(dataDirectory, 'promote')
  const [pid] = (await readFile(join(dataDirectory, 'postmaster.pid'), 'utf8')).split('\n')
  process.kill(Number(pid), 'SIGUSR1')
}

/** It is there or not: what is in it does not matter, whose it is does. */
const signalFile = (dataDirectory: string, name: string) =>
  run('cp', ['-a', join(dataDirectory, 'PG_VERSION'), join(dataDirectory, name)])
