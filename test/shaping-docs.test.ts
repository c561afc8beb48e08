import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { loadSettings } from '@rollcall/config/load-settings'
import { views } from '@rollcall/mirror/views'
import type { Resource } from '@rollcall/resources/define-resource'
import { resources } from '@rollcall/resources/registry'
import { afterAll, beforeAll, expect, test } from 'vitest'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const read = (path: string) => readFile(join(ROOT, path), 'utf8')

/** The cells of each row of each table in Markdown, headings included. */
const tableRows = (page: string): readonly (readonly string[])[] =>
  [...page.matchAll(/^\| (.+) \|$/gm)].map((match) => match[1]!.split(' | '))

const code = (names: readonly string[]) => names.map((name) => `\`${name}\``).join(', ') || '—'

/** What docs/shaping.md has to say of a resource. */
function documented({ name, table, byDefault, events, owners, personal }: Resource): readonly string[] {
  const owning = Object.values(owners)
  const conditions = new Set(owning.flatMap((owner) => Object.values(owner.while ?? {})))
  return [
    code([name]),
    code([table]),
    byDefault,
    code([...new Set(Object.keys(events).map((type) => type.replace(/\..*/, '.*')))]),
    code([...new Set(owning.map((owner) => owner.resource))]) +
      [...conditions].map((value) => `, while ${code([value])}`).join(''),
    code([...new Set(Object.values(personal).flat())]),
  ]
}

test('[C3] the resources in docs/shaping.md are those of the registry', async () => {
  const [, , ...rows] = tableRows(await read('docs/shaping.md')).filter((cells) => cells.length === 6)
  expect(rows).toEqual(resources.map(documented))
})

test('[C3] README and docs/shaping.md name every table and view', async () => {
  const [readme, shaping] = await Promise.all([read('README.md'), read('docs/shaping.md')])
  for (const { table } of resources) expect(readme, table).toContain(`\`${table}\``)
  for (const { name } of views) {
    expect(readme, name).toContain(`\`${name}\``)
    expect(shaping, name).toContain(`\`clerk.${name}\``)
  }
})

test('[C3] what the pages on shaping point at is there', async () => {
  for (const page of [
    'docs/shaping.md',
    'docs/handlers.md',
    'docs/in-step.md',
    'docs/client.md',
    'examples/social-app/README.md',
  ]) {
    for (const [, link] of (await read(page)).matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)) {
      await expect(read(join(dirname(page), link!)), `${page} points at ${link}`).resolves.toBeDefined()
    }
  }
})

/** The configurations that the pages show, in a folder where they can be loaded, as a user would have them. */
let folder: string
const configurations: string[] = []
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rollcall-docs-'))
  await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
  await mkdir(join(folder, 'handlers'))
  for (const page of ['README.md', 'docs/shaping.md', 'docs/handlers.md', 'docs/in-step.md']) {
    for (const [i, [, source]] of [...(await read(page)).matchAll(/^```ts\n(.*?)^```/gms)].entries()) {
      const own = /In a file of its own: `\.\/(\S+)`/.exec(source!)?.[1]
      // What an app does with the client is none.
      if (own === undefined && !source!.includes('export default')) continue
      const name = own ?? `${page.replace(/\W/g, '-')}-${i}.ts`
      if (own === undefined) configurations.push(name)
      await writeFile(join(folder, name), source!)
    }
  }
})
afterAll(() => rm(folder, { recursive: true }))

test('[C3] the configurations that the documentation shows are right', async () => {
  expect(configurations.length).toBeGreaterThanOrEqual(4)
  for (const name of configurations) await expect(loadSettings(name, folder), name).resolves.toBeDefined()
})

test('[C7] they compile, with nothing annotated but what they annotate', async () => {
  await writeFile(
    join(folder, 'tsconfig.json'),
    JSON.stringify({ extends: join(ROOT, 'tsconfig.base.json'), include: ['**/*.ts'] }),
  )
  await writeFile(join(folder, 'package.json'), JSON.stringify({ type: 'module' }))
  const compile = promisify(execFile)(join(ROOT, 'node_modules/.bin/tsc'), ['--noEmit', '--project', folder])
  const complaints = await compile.then(
    ({ stdout }) => stdout,
    ({ stdout, message }) => stdout || message,
  )
  expect(complaints).toBe('')
})
