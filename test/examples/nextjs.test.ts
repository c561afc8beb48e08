import { cp, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { sessionKeys } from '@rollcall/client/test-session-token'
import { captureLog } from '@rollcall/testkit/captured-log'
import { launchChromium } from '@rollcall/testkit/chromium'
import { userBody } from '@rollcall/testkit/deliveries'
import { createDatabase } from '@rollcall/testkit/postgres'
import { createQueue } from '@rollcall/testkit/queue'
import { newSecret, post, signedRequest } from '@rollcall/testkit/svix'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Pipeline, startPipeline } from '../pipeline.ts'
import { inApp, type RunningApp, scratchFolder, startApp } from './app.ts'
import { packPackages } from './packed-packages.ts'

const EXAMPLE = fileURLToPath(new URL('../../examples/nextjs', import.meta.url))
const SECRET = newSecret()
const T0 = 1_764_000_000_000

const opened = new AsyncDisposableStack()
let pipeline: Pipeline
let app: RunningApp

/** Installed from what would be published, built without a secret, and started: as on any machine that the example is copied to. */
beforeAll(async () => {
  const folder = opened.use(await scratchFolder()).path
  const packed = await packPackages(opened.use(await scratchFolder()).path)
  await cp(EXAMPLE, folder, { recursive: true, filter: (path) => !/\/(node_modules|\.next)$/.test(path) })
  const manifest = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'))
  for (const { name, tarball } of packed)
    if (name in manifest.dependencies) manifest.dependencies[name] = `file:${tarball}`
  await writeFile(join(folder, 'package.json'), JSON.stringify(manifest))
  await inApp(folder, ['npm', 'install', '--no-audit', '--no-fund', '--prefer-offline'])
  const keys = { NEXT_PUBLIC_CLERK_PUBLISHABLE_KEY: sessionKeys.publishableKey }
  await inApp(folder, ['npx', 'next', 'build'], keys)

  const database = opened.use(await createDatabase())
  const queue = opened.use(await createQueue('redis'))
  const variables = { DATABASE_URL: database.url, ...queue.variables }
  pipeline = opened.use(await startPipeline(variables, captureLog().log))
  app = opened.use(
    await startApp(folder, ['npx', 'next', 'start'], {
      ...variables,
      ...keys,
      CLERK_SECRET_KEY: 'sk_live_example',
      CLERK_WEBHOOK_SIGNING_SECRET: SECRET,
    }),
  )
})
afterAll(() => opened.disposeAsync())

const send = (
  messageId: string,
  secret: string,
  verb: 'created' | 'updated',
  at: number,
  fields: Record<string, string>,
) => {
  const body = userBody({ type: `user.${verb}`, id: 'user_ada', occurredAt: T0 + at, updatedAt: T0 + at, fields })
  return post(`${app.url}/api/webhooks`, signedRequest({ secret, messageId, body: JSON.stringify(body) }))
}

test('[A12] the Next.js example, behind clerkMiddleware(), takes signed webhooks, and its page shows the user', async () => {
  const browser = opened.adopt(await launchChromium(), (each) => each.close())
  const page = await browser.newPage()
  await page.goto(app.url)
  expect(await page.textContent('main')).toContain('Nobody yet')

  const taken = [
    await send('msg_2', SECRET, 'updated', 1_000, { first_name: 'Ada', last_name: 'Lovelace' }),
    await send('msg_1', SECRET, 'created', 0, { first_name: 'Augusta' }),
    await send('msg_1', SECRET, 'created', 0, { first_name: 'Augusta' }),
  ]
  expect(taken.map(({ status }) => status)).toEqual([200, 200, 200])
  await pipeline.untilSettled(2, 30_000)

  await page.goto(app.url)
  expect(await page.textContent('#user_ada')).toBe('Ada Lovelace')
})

test('[A12] … refuses what is not signed by its endpoint, in the words of the process', async () => {
  const refused = await send('msg_3', newSecret(), 'updated', 2_000, { first_name: 'Mallory' })
  expect(refused.status).toBe(400)
  expect(await refused.json()).toMatchObject({ error: 'signature_invalid' })
})
