import { stat } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { launchChromium } from '@rollcall/testkit/chromium'
import type { Browser } from 'playwright-core'
import { ADA, DEMO_TOKEN, startDemo } from './demo.ts'

/** `node docs/screenshots.ts`: takes the pictures of the console anew, of a Rollcall that it starts and fills. */
const PICTURES = [
  { name: 'console-overview', path: '/', scheme: 'light', height: 1_000 },
  { name: 'console-overview-dark', path: '/', scheme: 'dark', height: 1_000 },
  { name: 'console-events', path: '/events', scheme: 'light', height: 760 },
  { name: 'console-timeline', path: `/entities/${ADA}`, scheme: 'light', height: 780 },
  { name: 'console-failed', path: '/failed', scheme: 'light', height: 460 },
] as const

/** Readers of the README load them. */
const MOST_BYTES = 200_000

async function take(browser: Browser, url: string, picture: (typeof PICTURES)[number]): Promise<void> {
  const context = await browser.newContext({
    colorScheme: picture.scheme,
    viewport: { width: 1_280, height: picture.height },
    extraHTTPHeaders: { authorization: `Bearer ${DEMO_TOKEN}` },
  })
  const page = await context.newPage()
  await page.goto(`${url}${picture.path}`)
  if (picture.path === '/') await page.locator('html[data-charts=drawn]').waitFor()
  const path = fileURLToPath(new URL(`images/${picture.name}.png`, import.meta.url))
  await page.screenshot({ path })
  const { size } = await stat(path)
  if (size > MOST_BYTES) throw new Error(`${path} has ${size} bytes, which is more than ${MOST_BYTES}`)
  await context.close()
}

await using demo = await startDemo()
const browser = await launchChromium()
for (const picture of PICTURES) await take(browser, demo.consoleUrl, picture)
await browser.close()
