import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { closeServer, portOf } from '@rollcall/shared/ops-server'
import { launchChromium } from '@rollcall/testkit/chromium'
import express from 'express'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { SIDEBAR } from '../../docs/site-map.ts'
import { violationsOn } from '../accessibility.ts'
import { blocksOf, PAGES } from '../documented-pages.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const PHONE = { width: 390, height: 844 }

/** The site as `pnpm docs:build` makes it, on a server that knows nothing but files. */
let url: string
let browser: Browser
const opened = new AsyncDisposableStack()
beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'rollcall-site-'))
  opened.defer(() => rm(folder, { recursive: true }))
  await promisify(execFile)(join(ROOT, 'node_modules/.bin/vitepress'), ['build', 'docs', '--outDir', folder], {
    cwd: ROOT,
  })
  const server = createServer(express().use(express.static(folder)))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  opened.defer(() => closeServer(server))
  url = `http://127.0.0.1:${portOf(server)}`
  browser = opened.adopt(await launchChromium(), (each) => each.close())
})
afterAll(() => opened.disposeAsync())

/** A page in which whatever goes wrong is collected, and everything that is asked of somebody else. */
async function openPage(options: BrowserContextOptions = {}) {
  const context = await browser.newContext(options)
  const page = await context.newPage()
  const wrong: string[] = []
  page.on('pageerror', (error) => wrong.push(error.message))
  page.on('console', (message) => message.type() === 'error' && wrong.push(message.text()))
  page.on('response', (response) => response.ok() || response.status() === 304 || wrong.push(response.url()))
  page.on(
    'request',
    (request) => request.url().startsWith(url) || request.url().startsWith('data:') || wrong.push(request.url()),
  )
  return { page, wrong, [Symbol.asyncDispose]: () => context.close() }
}

/** A file of the repository as a page of the site. */
const diagramsIn = (link: string): number =>
  PAGES.includes(`docs${link}.md`)
    ? blocksOf(`docs${link}.md`).filter(({ language }) => language === 'mermaid').length
    : 0

/** True of a page that is no longer the bare HTML. */
const ALIVE = "document.querySelector('#app').__vue_app__ !== undefined"

/** True of a page whose diagrams are all there. */
const drawn = (link: string): string =>
  `document.querySelectorAll('.mermaid-diagram svg').length === ${diagramsIn(link)}`

const links = ['/index', ...SIDEBAR.flatMap(({ items }) => items.map(({ link }) => link))]

test('[A33] every page opens on a phone, asks nobody else for anything, and draws its diagrams', async () => {
  await using opened = await openPage({ viewport: PHONE })
  const { page, wrong } = opened
  for (const link of links) {
    await page.goto(`${url}${link}.html`)
    await page.waitForFunction(ALIVE)
    await page.waitForFunction(drawn(link))
    expect(wrong, link).toEqual([])
    expect(await page.getByText('Syntax error').count(), link).toBe(0)
    expect(await page.evaluate('document.documentElement.scrollWidth'), `${link} scrolls sideways`).toBe(PHONE.width)
  }
})

test('[A33] the search finds a page by a word in it, and leads there', async () => {
  await using opened = await openPage()
  const { page, wrong } = opened
  await page.goto(url)
  await page.waitForFunction(ALIVE)
  await page.keyboard.press('Control+k')
  await page.locator('#localsearch-input').fill('reconcile')
  await page.locator('#localsearch-list a[href*="in-step"]').first().click()
  await page.locator('h1', { hasText: 'In step with Clerk' }).waitFor()
  expect(wrong).toEqual([])
})

test.each(['light', 'dark'] as const)('[A33] people who see little can read it, %s', async (colorScheme) => {
  await using opened = await openPage({ colorScheme })
  const { page } = opened
  for (const link of ['/index', '/start-here', '/eventual-consistency', '/configuration']) {
    await page.goto(`${url}${link}.html`)
    await page.waitForFunction(drawn(link))
    // What is not serious is VitePress's own, as a front page without a landmark.
    const serious = (await violationsOn(page)).filter(({ impact }) => ['serious', 'critical'].includes(impact))
    expect(serious, link).toEqual([])
  }
})

/** The colour in which a diagram is drawn at the moment. */
const drawnIn = (page: Page) =>
  page.evaluate("getComputedStyle(document.querySelector('.mermaid-diagram svg .label')).color")

test('[A33] diagrams follow the page into the dark', async () => {
  await using opened = await openPage({ colorScheme: 'light' })
  const { page } = opened
  await page.goto(`${url}/ordering.html`)
  await page.locator('.mermaid-diagram svg').first().waitFor()
  const light = await drawnIn(page)
  await page.evaluate("localStorage.setItem('vitepress-theme-appearance', 'dark')")
  await page.reload()
  await page.locator('.dark .mermaid-diagram svg').first().waitFor()
  expect(await drawnIn(page)).not.toBe(light)
})
