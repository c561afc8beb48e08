import { tmpdir } from 'node:os'
import { sessionKeys, sessionToken } from '@rollcall/client/test-session-token'
import { configureConsole } from '@rollcall/console/config'
import { startConsole } from '@rollcall/console/console'
import { captureLog } from '@rollcall/testkit/captured-log'
import { launchChromium } from '@rollcall/testkit/chromium'
import { userBody } from '@rollcall/testkit/deliveries'
import { createDatabase } from '@rollcall/testkit/postgres'
import { createQueue } from '@rollcall/testkit/queue'
import { until } from '@rollcall/testkit/wait'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { violationsOn } from './accessibility.ts'
import { type Pipeline, startPipeline } from './pipeline.ts'

const T0 = 1_764_000_000_000
const CONSOLE_TOKEN = 'a-token-of-more-than-32-characters'
const ADA = 'user_2rollcallExampleAda00001'

const userEvent = (verb: 'created' | 'updated', id: string, at: number, first_name: string) =>
  userBody({ type: `user.${verb}`, id, occurredAt: T0 + at, updatedAt: T0 + at, fields: { first_name } })

let opened: AsyncDisposableStack
let browser: Browser
let pipeline: Pipeline
let url: string
let clerkUrl: string

/** Whatever any page complained of: a policy that was broken, an error, a request to elsewhere. */
const complaints: string[] = []

beforeAll(async () => {
  opened = new AsyncDisposableStack()
  browser = await launchChromium()
  opened.defer(() => browser.close())
  const database = opened.use(await createDatabase())
  const queue = opened.use(await createQueue('redis'))
  const variables = { DATABASE_URL: database.url, ...queue.variables }
  const { log } = captureLog()
  pipeline = opened.use(await startPipeline(variables, log))
  const start = async (more: Record<string, string>) => {
    const config = await configureConsole({ ...variables, CONSOLE_PORT: '0', ...more }, tmpdir())
    return `http://localhost:${opened.use(await startConsole(config, log)).port}`
  }
  url = await start({ CONSOLE_TOKEN })
  clerkUrl = await start({
    CLERK_PUBLISHABLE_KEY: sessionKeys.publishableKey,
    CLERK_SECRET_KEY: 'sk_live_test',
    CLERK_JWT_KEY: sessionKeys.jwtKey,
    CONSOLE_ALLOWED_USERS: ADA,
  })
  await sendHistory()
})
afterAll(() => opened.disposeAsync())

/** Ada's history, out of order and with a message that comes twice; and what a wrong constraint refuses. */
async function sendHistory(): Promise<void> {
  const history = [
    ['msg_1', userEvent('created', ADA, 0, 'Ada')],
    ['msg_3', userEvent('updated', ADA, 2_000, 'Lovelace')],
    ['msg_2', userEvent('updated', ADA, 1_000, 'Augusta')],
  ] as const
  for (const [i, [id, body]] of history.entries()) {
    await pipeline.send(body, id)
    await pipeline.untilSettled(i + 1, 30_000)
  }
  await pipeline.send(history[1][1], 'msg_3')
  await untilRow('msg_3', ({ duplicates }) => duplicates === 1)
  await pipeline.query("alter table clerk.users add constraint no_poison check (first_name <> 'poison')")
  for (let i = 0; i < 5; i++) await pipeline.send(userEvent('created', `user_${i}`, i, 'poison'), `msg_poison_${i}`)
  await pipeline.untilSettled(8, 30_000)
}

interface Row {
  readonly outcome: string
  readonly duplicates: number
}

const untilRow = (id: string, is: (row: Row) => boolean) =>
  until(
    async () => {
      const [row] = await pipeline.query<Row>(`select outcome, duplicates from clerk.webhook_events where id = '${id}'`)
      return row && is(row)
    },
    { timeoutMs: 30_000, what: `${id} has come so far` },
  )

async function openPage(at: string, options: BrowserContextOptions = {}): Promise<Page> {
  const context = await browser.newContext(options)
  opened.defer(() => context.close())
  const page = await context.newPage()
  page.setDefaultTimeout(20_000)
  page.on('console', (said) => {
    if (said.type() === 'error') complaints.push(`${page.url()}: ${said.text()}`)
  })
  page.on('pageerror', (error) => complaints.push(`${page.url()}: ${error}`))
  page.on('request', (request) => {
    if (!/^(http:\/\/(localhost|127\.0\.0\.1):|data:)/.test(request.url()))
      complaints.push(`${page.url()} asks ${request.url()}`)
  })
  await page.goto(at)
  return page
}

async function signIn(options: BrowserContextOptions = {}, to = '/'): Promise<Page> {
  const page = await openPage(`${url}${to}`, options)
  await page.getByLabel('Token').fill(CONSOLE_TOKEN)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.waitForURL(`${url}${to}`)
  return page
}

/** Presses Tab until the focus is where it is wanted. */
async function tabTo(page: Page, selector: string): Promise<void> {
  for (let i = 0; i < 60; i++) {
    await page.keyboard.press('Tab')
    if (await page.locator(`${selector}:focus`).count()) return
  }
  throw new Error(`the focus never comes to ${selector}`)
}

test('[X13] by the keyboard alone: sign in, find what happened to a user, and read what won and why', async () => {
  const page = await openPage(`${url}/`)
  // Chromium gives a page's first field the focus after the page has loaded.
  await page.locator('#token:focus').waitFor()
  await page.keyboard.type(CONSOLE_TOKEN)
  await page.keyboard.press('Enter')
  await page.waitForURL(`${url}/`)
  await tabTo(page, '#find')
  await page.keyboard.type(ADA)
  await page.keyboard.press('Enter')
  await page.waitForURL(`${url}/entities/${ADA}`)

  const [occurred, arrived] = [page.locator('.timeline').first(), page.locator('.timeline').last()]
  const messages = (list: typeof occurred) => list.locator('li > p:last-child > a').allTextContents()
  expect(await messages(occurred)).toEqual(['msg_1', 'msg_2', 'msg_3'])
  expect(await messages(arrived)).toEqual(['msg_1', 'msg_3', 'msg_2'])
  const [first, late, last] = await occurred.locator('li').allTextContents()
  expect(first).toMatch(/user\.created.*applied.*Nothing newer stood there/s)
  expect(late).toMatch(/stale.*A newer version stood there already, of .*, by\s+msg_3/s)
  expect(last).toMatch(/applied.*The row stands as this event left it.*came 1 more time.*nothing changed by that/s)
  expect(await arrived.locator('li').last().textContent()).toContain('came late')
  expect(await page.locator('pre.body').textContent()).toContain('"first_name": "Lovelace"')

  await tabTo(page, 'a[href="/events/msg_2"]')
  await page.keyboard.press('Enter')
  await page.waitForURL(`${url}/events/msg_2`)
  expect(await page.locator('h1').textContent()).toBe('user.updated')
})

test('[X12] a search finds the events of a user, and its address holds it', async () => {
  const page = await signIn({}, '/events')
  await page.getByLabel('About').fill(ADA)
  await page.getByLabel('Outcome').selectOption('stale')
  await page.getByRole('button', { name: 'Search' }).click()
  await page.waitForURL(`${url}/events?entity=${ADA}*`)
  expect(await page.locator('tbody tr').count()).toBe(1)
  const shared = page.url()
  const other = await signIn({}, '/events')
  await other.goto(shared)
  expect(await other.locator('tbody tr').count()).toBe(1)
})

test('[X11] [X12] failures are one group; some are replayed, some given up, all that are left replayed, and applied', async () => {
  const page = await signIn({}, '/failed')
  expect(await page.locator('tbody tr').count()).toBe(1)
  expect(await page.locator('tbody tr').textContent()).toMatch(/5.*row_rejected.*no_poison/s)

  await page.getByRole('link', { name: 'Look' }).click()
  await page.getByLabel('Pick msg_poison_4').check()
  await page.getByRole('button', { name: 'Discard 1 picked…' }).click()
  await page.getByRole('button', { name: 'Discard 1 event' }).click()
  await page.getByText('1 of 1 event: done.').waitFor()

  await pipeline.query('alter table clerk.users drop constraint no_poison')
  await page.getByRole('link', { name: 'What still fails' }).click()
  await page.getByRole('link', { name: 'Look' }).click()
  await page.getByLabel('Pick msg_poison_0').check()
  await page.getByRole('button', { name: 'Replay 1 picked…' }).click()
  await page.getByRole('button', { name: 'Replay 1 event' }).click()
  await page.getByText('1 of 1 event: done.').waitFor()
  await untilRow('msg_poison_0', ({ outcome }) => outcome === 'applied')
  await page.goto(`${url}/events/msg_poison_0`)
  expect(await page.locator('.headline').textContent()).toMatch(/user\.created.*applied/s)

  await page.goto(`${url}/failed`)
  await page.getByRole('button', { name: 'Replay all…' }).click()
  await page.getByRole('button', { name: 'Replay 3 events' }).click()
  await page.getByText('3 of 3 events: done.').waitFor()
  for (const i of [1, 2, 3]) await untilRow(`msg_poison_${i}`, ({ outcome }) => outcome === 'applied')
  await page.goto(`${url}/failed`)
  await page.getByText('Nothing has failed').waitFor()

  await page.goto(`${url}/audit`)
  const actions = await page.locator('tbody tr').allTextContents()
  expect(actions.map((line) => /token(replay|discard)/.exec(line)?.[1])).toEqual(['replay', 'replay', 'discard'])
})

test('[X3] who is signed in at Clerk is in, and the queue is paused and resumed under that name', async () => {
  const page = await openPage(`${clerkUrl}/healthz`)
  const at = Math.floor(Date.now() / 1_000)
  await page.context().addCookies([
    { name: '__session', value: sessionToken(ADA), url: clerkUrl },
    { name: '__client_uat', value: String(at - 60), url: clerkUrl },
  ])
  await page.goto(`${clerkUrl}/`)
  await page.getByRole('button', { name: 'Pause the queue' }).click()
  await page.getByText('paused', { exact: true }).waitFor()
  await page.getByRole('button', { name: 'Resume the queue' }).click()
  await page.getByText('running', { exact: true }).waitFor()
  expect(await page.locator('table').last().textContent()).toMatch(new RegExp(`${ADA}resume.*${ADA}pause`, 's'))
})

test('[X13] without scripts everything works but the charts', async () => {
  const page = await signIn({ javaScriptEnabled: false }, '/')
  // The other console has paused and resumed it just now, which this one sees at its next look.
  const running = page.getByText('running', { exact: true })
  const isRunning = async () => Boolean(await page.reload().then(() => running.count()))
  await until(isRunning, { timeoutMs: 30_000, what: 'this console has seen the queue resumed' })
  await page.getByRole('button', { name: 'Pause the queue' }).click()
  await page.getByRole('button', { name: 'Resume the queue' }).click()
  await page.getByText('running', { exact: true }).waitFor()
  await page.goto(`${url}/events/msg_1`)
  expect(await page.locator('h1').textContent()).toBe('user.created')
  await page.goto(`${url}/queues`)
  expect(await page.title()).toBe('Rollcall queue')
})

test('[X4] a link in a chat opens the page for who is signed in', async () => {
  const page = await signIn()
  // A page of another site, as a browser sees it: another host.
  await page.goto(url.replace('localhost', '127.0.0.1'))
  await page.evaluate(`location.href = '${url}/events/msg_1'`)
  await page.getByRole('heading', { name: 'user.created' }).waitFor()
})

const PAGES = [
  '/',
  '/events',
  '/events?entity=nobody',
  '/events/msg_2',
  `/entities/${ADA}`,
  '/failed',
  '/audit',
  '/nothing',
]

test.each([
  ['light', [1_280, 390]],
  ['dark', [390]],
] as const)(
  '[X13] in the %s, every page can be read by everybody, on a phone without scrolling aside',
  { timeout: 300_000 },
  async (colorScheme, widths) => {
    // One of the two that was cut short has left it.
    await pipeline.query('alter table clerk.users drop constraint if exists no_poison')
    await pipeline.query("alter table clerk.users add constraint no_poison check (first_name <> 'poison') not valid")
    await pipeline.send(userEvent('updated', 'user_0', 9_000, 'poison'), `msg_poison_${colorScheme}`)
    await untilRow(`msg_poison_${colorScheme}`, ({ outcome }) => outcome === 'failed')
    const page = await signIn({ colorScheme })
    const look = async (name: string) => {
      await page.waitForLoadState()
      for (const width of widths) {
        await page.setViewportSize({ width, height: 844 })
        expect(await page.evaluate('document.documentElement.scrollWidth'), `${name} at ${width}`).toBe(width)
        const violations = await violationsOn(page)
        const told = violations.map(({ id, nodes }) => `${id}: ${nodes[0]!.html} ${nodes[0]!.failureSummary}`)
        expect(told, `${name} at ${width}`).toEqual([])
      }
    }
    await page.locator('html[data-charts=drawn]').waitFor()
    for (const path of PAGES) {
      await page.goto(`${url}${path}`)
      await look(path)
    }
    await page.goto(`${url}/failed`)
    await page.getByRole('link', { name: 'Look' }).click()
    await look('a group')
    await page.getByRole('button', { name: /^Replay all/ }).click()
    await look('a review')
    await page.goto(`${url}/queues`)
    await page.getByText('webhooks').first().waitFor()
    await page.context().clearCookies()
    await page.goto(`${url}/sign-in`)
    await look('the sign-in')
    await pipeline.query('alter table clerk.users drop constraint no_poison')
  },
)

test('[X7] no page complained of anything, or asked another server', () => {
  expect(complaints.filter((complaint) => !/status of (404|401)/.test(complaint))).toEqual([])
})
