import { sessionKeys, sessionToken } from '@rollcall/client/test-session-token'
import { expect, test } from 'vitest'
import { startTestConsole } from '../test-console.ts'

const variables = {
  CLERK_PUBLISHABLE_KEY: sessionKeys.publishableKey,
  CLERK_SECRET_KEY: 'sk_live_test',
  CLERK_JWT_KEY: sessionKeys.jwtKey,
  CONSOLE_ALLOWED_USERS: 'user_ada',
}

/** A browser in which somebody is signed in at Clerk, as that tells by its cookies. */
const browserOf = (userId: string, now = Date.now()) => ({
  cookie: `__session=${sessionToken(userId, now)}; __client_uat=${Math.floor(now / 1_000) - 60}`,
  'sec-fetch-dest': 'document',
})

test('[X3] who is on the list comes in with a session token of Clerk, and the pages say who it is', async () => {
  await using rollcall = await startTestConsole(variables)
  const { status, text } = await rollcall.get('/events', browserOf('user_ada'))
  expect([status, text.includes('user_ada')]).toEqual([200, true])
})

test('[X3] who is not on it is told so, and sees nothing', async () => {
  await using rollcall = await startTestConsole(variables)
  const { status, text } = await rollcall.get('/events', browserOf('user_eve'))
  expect([status, text.includes('Not on the list')]).toEqual([403, true])
})

test('[X1] [X3] who is signed out is asked to sign in, with Clerk', async () => {
  await using rollcall = await startTestConsole(variables)
  const asked = await rollcall.get('/events')
  expect([asked.status, asked.headers.get('location')]).toEqual([303, '/sign-in?to=%2Fevents'])
  expect((await rollcall.get('/sign-in?to=%2Fevents')).text).toContain('href="/sign-in/clerk?to=%2Fevents"')
  expect((await rollcall.get('/sign-in/clerk?to=%2Fevents')).headers.get('location')).toBe(
    `https://accounts.app.example.com/sign-in?${new URLSearchParams({ redirect_url: `${rollcall.url}/events` })}`,
  )
  const [head, claims, signature] = sessionToken('user_ada').split('.')
  const forged = `${head}.${claims}.${signature!.split('').reverse().join('')}`
  for (const token of [forged, sessionToken('user_ada', Date.now() - 3_600_000)]) {
    const { status } = await rollcall.get('/api/activity', {
      accept: 'application/json',
      authorization: `Bearer ${token}`,
    })
    expect(status).toBe(401)
  }
})

test('[X3] [X6] a page that has been open for longer than a session token lives can still be used', async () => {
  await using rollcall = await startTestConsole(variables)
  const page = await rollcall.get('/audit', browserOf('user_ada'))
  expect(page.status).toBe(200)
  const overview = await rollcall.get('/', browserOf('user_ada'))
  const pass = overview.headers.getSetCookie().find((cookie) => cookie.startsWith('rollcall_pass='))!
  expect(pass).toMatch(/; Max-Age=900; .*HttpOnly; SameSite=Strict$/)
  const form = /name="form" value="([^"]+)"/.exec(overview.text)![1]!
  const { cookie } = browserOf('user_ada', Date.now() - 600_000)
  const later = { cookie: `${cookie}; ${pass.split(';', 1)[0]}` }
  expect((await rollcall.post('/queue/pause', { form }, { ...later, 'sec-fetch-dest': 'document' })).status).toBe(303)
  expect((await rollcall.get('/api/activity', { ...later, 'sec-fetch-dest': 'empty' })).status).toBe(200)
  const actions = await rollcall.mirror.db.selectFrom('audit_log').select(['actor', 'action']).execute()
  expect(actions).toEqual([{ actor: 'user_ada', action: 'pause' }])
  // A page is opened by way of Clerk.
  expect((await rollcall.get('/events', { ...later, 'sec-fetch-dest': 'document' })).status).not.toBe(200)
})

test('[X3] with CONSOLE_URL no session token is taken that was made for another address', async () => {
  await using rollcall = await startTestConsole({ ...variables, CONSOLE_URL: 'https://console.example.com' })
  expect((await rollcall.get('/events', browserOf('user_ada'))).status).not.toBe(200)
})
