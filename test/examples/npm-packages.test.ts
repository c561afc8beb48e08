import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core'
import { userBody } from '@rollcall/testkit/deliveries'
import { createQueue } from '@rollcall/testkit/queue'
import { newSecret, post, signedRequest } from '@rollcall/testkit/svix'
import { publint } from 'publint'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { PUBLISHED } from '../../infra/npm/published.ts'
import { inApp, scratchFolder, startApp } from './app.ts'
import { type PackedPackage, packPackages } from './packed-packages.ts'

const names = PUBLISHED.map(({ folder }) => `@rollcall/${folder}`)
const opened = new AsyncDisposableStack()
let packed: readonly PackedPackage[]
let app: string

beforeAll(async () => {
  packed = await packPackages(opened.use(await scratchFolder()).path)
  app = opened.use(await scratchFolder()).path
  const dependencies = Object.fromEntries(packed.map(({ name, tarball }) => [name, `file:${tarball}`]))
  const tools = { '@types/express': '5.0.6', '@types/node': '26.6.6', typescript: '7.0.2' }
  const own = { '@clerk/express': '2.1.70', '@clerk/backend': '3.25.0', express: '5.3.0' }
  const manifest = {
    name: 'scratch',
    private: true,
    type: 'module',
    dependencies: { ...own, ...dependencies, ...tools },
  }
  await writeFile(join(app, 'package.json'), JSON.stringify(manifest))
  await inApp(app, ['npm', 'install', '--no-audit', '--no-fund', '--prefer-offline'])
})
afterAll(() => opened.disposeAsync())

const packageOf = (name: string) => packed.find((each) => each.name === name)!

describe.each(names)('%s', (name) => {
  test('[A10] publint finds nothing', async () => {
    const { messages } = await publint({ pkgDir: packageOf(name).folder, strict: true, pack: 'npm' })
    expect(messages).toEqual([])
  })

  test('[A10] the types are right for whoever imports them', async () => {
    const analysis = await checkPackage(createPackageFromTarballData(await readFile(packageOf(name).tarball)))
    // CommonJS gets what ESM gets, by `require` of Node 22 and later.
    const ofEsm = ('problems' in analysis ? analysis.problems : []).filter(({ kind }) => kind !== 'CJSResolvesToESM')
    expect(ofEsm).toEqual([])
    expect('types' in analysis && analysis.types).toMatchObject({ kind: 'included' })
  })

  test('[A10] nothing in it is of the workspace: no import, no dependency, no path', async () => {
    const { tarball } = packageOf(name)
    const manifest = JSON.parse(await inApp(app, ['tar', '-xOf', tarball, 'package/package.json']))
    expect(
      Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies }).filter((each) =>
        each.startsWith('@rollcall/'),
      ),
    ).toEqual([])
    expect(Object.values(manifest.dependencies).join(' ')).not.toContain('workspace:')
    const code = await inApp(app, ['tar', '-xOf', tarball, '--wildcards', 'package/*.js'])
    expect(code).not.toMatch(/from "@rollcall\/|import\("@rollcall\/|\/packages\/\w+\/src/)
  })
})

test('[A11] an app that installs them type-checks, with the types of libraries checked as well', async () => {
  await writeFile(join(app, 'app.ts'), APP)
  const options = {
    module: 'nodenext',
    target: 'es2023',
    lib: ['es2024', 'esnext.disposable', 'dom', 'dom.iterable'],
    strict: true,
    noEmit: true,
    types: ['node'],
  }
  await writeFile(join(app, 'tsconfig.json'), JSON.stringify({ compilerOptions: options, files: ['app.ts'] }))
  // Clerk's own types do not stand on their own; ours must.
  const complaints = await inApp(app, ['sh', '-c', 'npx tsc || true'])
  expect(complaints.split('\n').filter((line) => line !== '' && !line.startsWith('node_modules/@clerk/'))).toEqual([])
})

test('[A11] ... and takes webhooks, by Express and by Fetch', async () => {
  await using queue = await createQueue('redis')
  const secret = newSecret()
  const variables = { CLERK_WEBHOOK_SIGNING_SECRET: secret, ...queue.variables }
  await using running = await startApp(app, [process.execPath, 'app.ts'], {
    ...variables,
    DATABASE_URL: 'postgres://127.0.0.1:1/none',
  })
  for (const path of ['/api/webhooks', '/fetch']) {
    const body = JSON.stringify(userBody({ type: 'user.created', id: 'user_1', occurredAt: 1, updatedAt: 1 }))
    const messageId = `msg_by${path.replaceAll('/', '_')}`
    const response = await post(`${running.url}${path}`, signedRequest({ secret, body, messageId }))
    expect([path, response.status, running.output]).toEqual([path, 200, expect.any(String)])
  }
  const taken = (await queue.jobs()).map(({ delivery }) => delivery.messageId)
  expect(taken.sort()).toEqual(['msg_by_api_webhooks', 'msg_by_fetch'])
})

/** All that is published, used as the documentation says. */
const APP = `
import { createClerkClient } from '@clerk/backend'
import { createRollcall, type Rollcall, RollcallError } from '@rollcall/client'
import { createWebhookHandler, type WebhookHandler, webhookRouter } from '@rollcall/receiver'
import express from 'express'

const handler: WebhookHandler = createWebhookHandler()
const rollcall: Rollcall = createRollcall({
  database: process.env.DATABASE_URL!,
  clerkClient: createClerkClient({ secretKey: 'sk_test_1' }),
})

const app = express()
app.use('/api/webhooks', webhookRouter())
app.post('/fetch', express.raw({ type: '*/*' }), async (request, response) => {
  const headers = new Headers(request.headers as Record<string, string>)
  const answered = await handler(new Request('http://app/', { method: 'POST', headers, body: request.body }))
  response.status(answered.status).send(await answered.text())
})
app.get('/me', rollcall.requireSyncedUser(), (request, response) => {
  const name: string | null | undefined = request.syncedUser?.first_name
  response.json({ name })
})
app.get('/users/:id', async (request, response) => {
  try {
    const user = await rollcall.ensureUser(request.params.id)
    const since: Date | null = user.created_at
    response.json({ since })
  } catch (error) {
    response.status(error instanceof RollcallError && error.code === 'user_not_found' ? 404 : 503).end()
  }
})
app.listen(Number(process.env.PORT))
`
