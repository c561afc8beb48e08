import { readFileSync } from 'node:fs'
import { variables } from '@rollcall/shared/variables'
import { expect, test } from 'vitest'
import { PAGES, writtenPage } from '../docs/generate.ts'
import { codeInProse, PAGES as DOCUMENTED } from './documented-pages.ts'

const read = (path: string) => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8')

test.each(Object.entries(PAGES))('[C3] docs/%s is what the code says; `pnpm docs` writes it', async (page, text) => {
  expect(await writtenPage(page)).toBe(await text())
})

test('[C3] .env.example names every variable', () => {
  const named = [...read('.env.example').matchAll(/^#? ?([A-Z][A-Z_]+)=/gm)].map((match) => match[1])
  const composeOnly = ['POSTGRES_PASSWORD', 'ROLLCALL_IMAGE', 'GRAFANA_PORT']
  expect(new Set(named)).toEqual(new Set([...Object.keys(variables), ...composeOnly]))
})

test.each(DOCUMENTED)('[C3] the files that %s names are there', (page) => {
  const files = codeInProse(page).flatMap(
    (code) => /^(?:packages|test|infra|docs|bench|examples)\/[\w./-]+\.\w+$/.exec(code) ?? [],
  )
  for (const file of files) expect(() => read(file), `${page} names ${file}`).not.toThrow()
})
