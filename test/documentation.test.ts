import { readFileSync } from 'node:fs'
import { variables } from '@rollcall/shared/variables'
import { expect, test } from 'vitest'
import { PAGES, writtenPage } from '../docs/generate.ts'

const read = (path: string) => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8')

test.each(Object.entries(PAGES))('[C3] docs/%s is what the code says; `pnpm docs` writes it', async (page, text) => {
  expect(await writtenPage(page)).toBe(text())
})

test('[C3] .env.example names every variable', () => {
  const named = [...read('.env.example').matchAll(/^#? ?([A-Z][A-Z_]+)=/gm)].map((match) => match[1])
  const composeOnly = ['POSTGRES_PASSWORD', 'ROLLCALL_IMAGE', 'GRAFANA_PORT']
  expect(new Set(named)).toEqual(new Set([...Object.keys(variables), ...composeOnly]))
})

test('[C3] the files that the documentation points at are there', () => {
  for (const page of ['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'SECURITY.md', 'SPEC.md']) {
    const links = [...read(page).matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)].map((match) => match[1]!)
    for (const link of links) expect(() => read(link), `${page} points at ${link}`).not.toThrow()
    const files = [...read(page).matchAll(/`((?:packages|test|infra|docs)\/[\w./-]+\.\w+)`/g)].map((match) => match[1]!)
    for (const file of files) expect(() => read(file), `${page} names ${file}`).not.toThrow()
  }
})
