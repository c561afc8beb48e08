import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { views } from '@rollcall/mirror/views'
import type { Resource } from '@rollcall/resources/define-resource'
import { resources } from '@rollcall/resources/registry'
import { expect, test } from 'vitest'

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
