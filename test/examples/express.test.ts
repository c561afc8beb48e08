import { fileURLToPath } from 'node:url'
import { sessionKeys, sessionToken } from '@rollcall/client/test-session-token'
import { captureLog } from '@rollcall/testkit/captured-log'
import { userBody } from '@rollcall/testkit/deliveries'
import { createDatabase } from '@rollcall/testkit/postgres'
import { createQueue } from '@rollcall/testkit/queue'
import { newSecret, post, signedRequest } from '@rollcall/testkit/svix'
import { expect, test } from 'vitest'
import { startPipeline } from '../pipeline.ts'
import { startApp } from './app.ts'

test('[A12] the Express example takes a signed webhook, and answers with the row of who is signed in', async () => {
  await using database = await createDatabase()
  await using queue = await createQueue('redis')
  const variables = { DATABASE_URL: database.url, ...queue.variables }
  await using pipeline = await startPipeline(variables, captureLog().log)
  const secret = newSecret()
  await using app = await startApp(
    fileURLToPath(new URL('../../examples/express', import.meta.url)),
    [process.execPath, 'server.ts'],
    {
      ...variables,
      CLERK_WEBHOOK_SIGNING_SECRET: secret,
      CLERK_PUBLISHABLE_KEY: sessionKeys.publishableKey,
      CLERK_SECRET_KEY: 'sk_live_example',
      CLERK_JWT_KEY: sessionKeys.jwtKey,
    },
  )
  const body = JSON.stringify(
    userBody({
      type: 'user.created',
      id: 'user_ada',
      occurredAt: 1_764_000_000_000,
      updatedAt: 1_764_000_000_000,
      fields: { first_name: 'Ada' },
    }),
  )
  const response = await post(`${app.url}/api/webhooks`, signedRequest({ secret, body }))
  expect([response.status, await response.json(), app.output]).toEqual([200, { status: 'queued' }, expect.any(String)])
  await pipeline.untilSettled(1, 30_000)

  const me = await fetch(`${app.url}/me`, { headers: { authorization: `Bearer ${sessionToken('user_ada')}` } })
  expect(await me.json()).toEqual({ id: 'user_ada', name: 'Ada', email: null })
  expect((await fetch(`${app.url}/me`)).status).toBe(401)
})
