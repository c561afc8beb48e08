import { execFile } from 'node:child_process'
import { existsSync, readFileSync, realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

/** What an app must not be made to install, nor to load, for the sake of a row. */
const QUEUES = /^(bullmq|ioredis|redis|@redis\/.*|valkey.*|iovalkey|@rollcall\/(queue|worker|receiver|cli))$/

const client = fileURLToPath(new URL('../packages/client', import.meta.url))

interface Manifest {
  readonly name: string
  readonly dependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
}

/** Names of all packages that installing one brings along, by way of `node_modules`, as Node would find them. */
function installedWith(folder: string, seen = new Map<string, string>()): ReadonlyMap<string, string> {
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest
  if (seen.has(folder)) return seen
  seen.set(folder, manifest.name)
  const { dependencies, optionalDependencies, peerDependencies } = manifest
  for (const name of Object.keys({ ...peerDependencies, ...optionalDependencies, ...dependencies })) {
    const found = find(name, folder)
    if (found !== undefined) installedWith(found, seen)
    // A peer or an optional package need not be there.
    else if (dependencies?.[name] !== undefined)
      throw new Error(`${manifest.name} needs ${name}, which is not installed`)
  }
  return seen
}

function find(name: string, from: string): string | undefined {
  const candidate = join(from, 'node_modules', name)
  if (existsSync(join(candidate, 'package.json'))) return realpathSync(candidate)
  return dirname(from) === from ? undefined : find(name, dirname(from))
}

test('[N9] nothing that the client depends on, however indirectly, is a queue or a client of Redis', () => {
  const names = new Set(installedWith(client).values())
  expect([...names]).toEqual(expect.arrayContaining(['@rollcall/client', '@rollcall/mirror', 'kysely', 'pg']))
  expect([...names].filter((name) => QUEUES.test(name))).toEqual([])
})

test('[N9] the search finds what another package does bring along', () => {
  const worker = fileURLToPath(new URL('../packages/worker', import.meta.url))
  expect([...new Set(installedWith(worker).values())].filter((name) => QUEUES.test(name))).toContain('bullmq')
})

test('[N9] importing the client loads no such module, and neither Express nor Clerk', async () => {
  const script = `
    import { registerHooks } from 'node:module'
    const loaded = []
    registerHooks({ load(url, context, next) { loaded.push(url); return next(url, context) } })
    await import('@rollcall/client/rollcall')
    console.log(JSON.stringify(loaded))`
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script], {
    cwd: fileURLToPath(new URL('..', import.meta.url)),
    env: {},
  })
  const loaded = JSON.parse(stdout) as readonly string[]
  expect(loaded.filter((url) => url.includes('/packages/client/src/')).length).toBeGreaterThan(5)
  expect(loaded.filter((url) => /\/node_modules\/(bullmq|ioredis|redis|express|@clerk)\//.test(url))).toEqual([])
  expect(loaded.filter((url) => /\/packages\/(queue|worker|receiver|cli|testkit)\//.test(url))).toEqual([])
})
