import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Client } from 'pg'
import { expect, test } from 'vitest'
import { isRoot } from './account.ts'
import { freePort } from './free-port.ts'
import { startEmbeddedPostgres } from './postgres.ts'
import { commandOf, isAlive, workingDirectoryOf } from './process-table.ts'
import { runAndKill } from './run-and-kill.ts'
import { makeTestDirectory } from './test-directory.ts'

const MODULE = new URL('./postgres.ts', import.meta.url).href

async function query(url: string, text: string): Promise<unknown[][]> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query({ text, rowMode: 'array' })).rows
  } finally {
    await client.end()
  }
}

test('[E1] what was committed is there after a stop, and after kill -9', async () => {
  await using directory = await makeTestDirectory(0o755)
  const port = await freePort()
  const postgres = await startEmbeddedPostgres({ directory: join(directory.path, 'postgres'), port })
  await query(postgres.url, 'create table kept (n int); insert into kept values (1)')

  await postgres.stop()
  await postgres.start()
  await query(postgres.url, 'insert into kept values (2)')
  await postgres.kill('SIGKILL')
  await postgres.start()

  expect(await query(postgres.url, 'select n from kept order by n')).toEqual([[1], [2]])
  await postgres.stop()
  expect(await isAlive(postgres.pid)).toBe(false)
})

test('[E3] an initdb that was cut short is started over', async () => {
  await using directory = await makeTestDirectory(0o755)
  const cutShort = join(directory.path, 'postgres/data-unfinished/data')
  await mkdir(cutShort, { recursive: true })
  await writeFile(join(cutShort, 'PG_VERSION'), '18')

  const postgres = await startEmbeddedPostgres({ directory: join(directory.path, 'postgres'), port: await freePort() })

  expect(await query(postgres.url, 'select 1')).toEqual([[1]])
  expect(await readdir(join(directory.path, 'postgres'))).not.toContain('data-unfinished')
})

test('[E4] [E10] a Postgres outlives a kill of the process group that started it; the next start stops it', async () => {
  await using directory = await makeTestDirectory(0o755)
  const options = { directory: join(directory.path, 'postgres'), port: await freePort() }
  const orphan = await runAndKill(`
    import { startEmbeddedPostgres } from ${JSON.stringify(MODULE)}
    const postgres = await startEmbeddedPostgres(${JSON.stringify(options)})
    console.log(postgres.pid)
    setInterval(() => {}, 1_000)`)
  expect(await isAlive(Number(orphan))).toBe(true)

  const postgres = await startEmbeddedPostgres(options)

  expect(await isAlive(Number(orphan))).toBe(false)
  expect(await query(postgres.url, 'select 1')).toEqual([[1]])
})

test('[E4] a pid that now belongs to a stranger is not touched', async () => {
  await using directory = await makeTestDirectory(0o755)
  const postgres = await startEmbeddedPostgres({ directory: join(directory.path, 'postgres'), port: await freePort() })
  await postgres.stop()
  await writeFile(join(postgres.dataDirectory, 'postmaster.pid'), `${process.pid}\n${postgres.dataDirectory}\n`)

  await postgres.start()

  expect(await query(postgres.url, 'select 1')).toEqual([[1]])
})

test.runIf(isRoot())('[E5] as root, Postgres runs where only root may enter (only root can show it)', async () => {
  await using directory = await makeTestDirectory(0o700)
  const options = { directory: join(directory.path, 'postgres'), port: await freePort() }
  const postgres = await startEmbeddedPostgres(options)
  await query(postgres.url, 'create table kept as select 1 as n')
  await postgres.stop()

  const again = await startEmbeddedPostgres(options)

  expect(await query(again.url, 'select n from kept')).toEqual([[1]])
  expect((await stat(again.dataDirectory)).uid).not.toBe(0)
  expect(await readFile(join(options.directory, 'data-is-elsewhere.txt'), 'utf8')).toContain('/var/lib/rollcall/data/')
})

test('[E6] a directory in use is refused, with the pid of its user', async () => {
  await using directory = await makeTestDirectory(0o755)
  const options = { directory: join(directory.path, 'postgres'), port: await freePort() }
  const postgres = await startEmbeddedPostgres(options)

  await expect(startEmbeddedPostgres({ ...options, port: await freePort() })).rejects.toThrow(
    `is in use by process ${process.pid}.`,
  )
  expect(await query(postgres.url, 'select 1')).toEqual([[1]])
})

test('[E7] Postgres listens on 127.0.0.1 only, asks for its password and knows none of our environment', async () => {
  await using directory = await makeTestDirectory(0o755)
  const settings = { listen_addresses: '*', fsync: 'off' }
  const port = await freePort()
  const postgres = await startEmbeddedPostgres({ directory: join(directory.path, 'postgres'), port, settings })

  expect(await query(postgres.url, 'show listen_addresses')).toEqual([['127.0.0.1']])
  expect(await query(postgres.url, 'show fsync')).toEqual([['off']])
  const wrong = Object.assign(new URL(postgres.url), { password: 'wrong' })
  await expect(query(wrong.href, 'select 1')).rejects.toThrow(/password authentication failed/)
  expect((await stat(join(directory.path, 'postgres/password'))).mode & 0o777).toBe(0o600)
  expect(await commandOf(postgres.pid)).not.toContain(new URL(postgres.url).password)
  if (process.platform === 'linux') expect(await readFile(`/proc/${postgres.pid}/environ`, 'utf8')).not.toMatch(/HOME=/)
  expect(await workingDirectoryOf(postgres.pid)).toBe(postgres.dataDirectory)
})

test('[E8] a Postgres that does not start says why', async () => {
  await using directory = await makeTestDirectory(0o755)
  const starting = startEmbeddedPostgres({
    directory: join(directory.path, 'postgres'),
    port: await freePort(),
    settings: { no_such_setting: 'on' },
  })
  await expect(starting).rejects.toThrow(/ended \(exit code 1\) while starting.*unrecognized configuration parameter/s)
})

test('[E9] of two that are started together and prefer one port, both run', async () => {
  await using directory = await makeTestDirectory(0o755)
  const preferred = await freePort()
  const start = (name: string) => startEmbeddedPostgres({ directory: join(directory.path, name), port: { preferred } })
  const servers = await Promise.all([start('one'), start('other')])
  expect(new Set(servers.map(({ url }) => new URL(url).port)).size).toBe(2)
  await Promise.all(servers.map((server) => server.stop()))
})
