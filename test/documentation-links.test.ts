import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { PROJECT_PAGES } from '../docs/project-pages.ts'
import { SIDEBAR } from '../docs/site-map.ts'
import { anchorsOf, linksOf, PAGES, targetOf } from './documented-pages.ts'

const isThere = (path: string): boolean => existsSync(fileURLToPath(new URL(`../${path}`, import.meta.url)))
const isElsewhere = (link: string): boolean => /^[a-z]+:/.test(link)

test.each(PAGES)('[A31] every link of %s leads to something', (page) => {
  for (const link of linksOf(page).filter((each) => !isElsewhere(each))) {
    const { file, anchor } = targetOf(page, link)
    expect(isThere(file), `${page} points at ${link}`).toBe(true)
    if (anchor !== undefined) expect(anchorsOf(file), `${page} points at ${link}`).toContain(anchor)
  }
})

test('[A31] links to elsewhere are whole addresses', () => {
  const elsewhere = PAGES.flatMap((page) => linksOf(page).filter(isElsewhere))
  expect(elsewhere.length).toBeGreaterThan(0)
  for (const link of elsewhere) expect(new URL(link).protocol, link).toMatch(/^(?:https?|mailto):$/)
})

test('[A31] each page of docs/, and of what the site has besides, stands once in the sidebar, and nothing else does', () => {
  const links = SIDEBAR.flatMap(({ items }) => items.map(({ link }) => link))
  const pages = PAGES.filter((page) => page.startsWith('docs/') && page !== 'docs/index.md')
  const all = [
    ...pages.map((page) => page.slice('docs'.length, -'.md'.length)),
    ...Object.values(PROJECT_PAGES).map((name) => `/project/${name}`),
  ]
  expect(links.toSorted()).toEqual(all.toSorted())
})
