import crypto from 'node:crypto'
import { syncBuiltinESMExports } from 'node:module'
import { sessionKeys, sessionToken } from '@rollcall/client/test-session-token'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { issuePass } from '../access/clerk-pass.ts'
import { createCredentials } from '../access/credentials.ts'
import { issueSession, SESSION_MS } from '../access/session.ts'
import { keyOf } from '../access/signature.ts'
import { bearer, startTestConsole, type TestConsole, TOKEN } from '../test-console.ts'
import { type Route, routesOf, routesOfBoard } from '../test-routes.ts'

const MESSAGE = 'msg_kept'
const PUBLIC = ['GET /healthz', 'GET /assets/console.css', 'GET /sign-in', 'GET /sign-in/clerk', 'POST /sign-in']

/** What only those may read who are in. */
const TELLING = /user_ada|Lovelace|webhook_events|"queues"/

async function insertEvent({ mirror }: TestConsole): Promise<void> {
  const at = new Date()
  await mirror.db
    .insertInto('webhook_events')
    .values({
      id: MESSAGE,
      type: 'user.updated',
      resource: 'user',
      entity_id: 'user_ada',
      instance_id: 'ins_test',
      occurred_at: at,
      received_at: at,
      outcome: 'failed',
      error: 'row_rejected: it does not fit',
      error_group: 'row_rejected: it does not fit',
      attempts: 1,
      body: JSON.stringify({ type: 'user.updated', data: { id: 'user_ada', last_name: 'Lovelace' } }),
    })
    .execute()
}

/** All that is not for everybody: ours, and Bull Board's. */
const guardedRoutes = ({ app }: TestConsole): readonly Route[] => {
  const ours = routesOf(app, MESSAGE).filter((route) => !PUBLIC.includes(route.join(' ')))
  const ofBoard = routesOfBoard(MESSAGE)
  // What is listed cannot shrink to nothing unseen.
  expect(ours.length).toBeGreaterThan(18)
  expect(ofBoard.length).toBeGreaterThan(30)
  return [...ours, ...ofBoard]
}

async function expectNothingTold(console: TestConsole, headers: Record<string, string>, statuses: readonly number[]) {
  for (const [method, path] of guardedRoutes(console)) {
    for (const accept of ['text/html', 'application/json']) {
      const response = await console.request(path, { method, headers: { accept, ...headers } })
      const text = await response.text()
      expect(statuses, `${method} ${path}: ${response.status}`).toContain(response.status)
      if (response.status === 303) expect(response.headers.get('location')).toMatch(/^\/sign-in\?to=/)
      if (response.status === 307)
        expect(response.headers.get('location')).toMatch(/^https:\/\/clerk\.app\.example\.com\//)
      expect(text, `${method} ${path}`).not.toMatch(TELLING)
    }
  }
}

const variables = { CONSOLE_TOKEN: TOKEN, CONSOLE_USERNAME: 'grace', CONSOLE_PASSWORD: 'correct horse' }
const [token, basic] = createCredentials(variables) as [
  ReturnType<typeof createCredentials>[number],
  ReturnType<typeof createCredentials>[number],
]
const [otherToken] = createCredentials({ CONSOLE_TOKEN: `another-${TOKEN}` }) as [typeof token]
const [, otherBasic] = createCredentials({ ...variables, CONSOLE_USERNAME: 'eve' }) as [typeof token, typeof basic]

let rollcall: TestConsole
beforeAll(async () => {
  rollcall = await startTestConsole(variables)
  await insertEvent(rollcall)
})
afterAll(() => rollcall[Symbol.asyncDispose]())

describe('every route there is', () => {
  const now = Date.now()
  const right = issueSession(token, now)
  const swapped = `basic.${right.split('.').slice(1).join('.')}`
  const postponed = issueSession(token, now - SESSION_MS).split('.')
  postponed[2] = String(now + SESSION_MS)
  const sessions = {
    'an expired session': issueSession(token, now - SESSION_MS),
    'an expired session of a name': issueSession(basic, now - SESSION_MS),
    'an expired session whose end was put off': postponed.join('.'),
    'a session of a console with another token': issueSession(otherToken, now),
    "another user's session": issueSession(otherBasic, now),
    'a session that claims another way in': swapped,
    'a session with its signature cut off': right.split('.').slice(0, 3).join('.'),
    'a session of Clerk, where nobody signs in with it': issuePass(
      keyOf('sk_live_x []', 'console session by clerk'),
      { userId: 'user_ada', sessionId: 'sess_1' },
      now,
    ),
  }
  test.each(Object.entries(sessions))('[X20] tells nothing to %s', async (_, session) => {
    await expectNothingTold(rollcall, { cookie: `rollcall_console=${session}; rollcall_pass=${session}` }, [303, 401])
  })

  test('[X20] tells all to the right session, so that the others are refused for what they are', async () => {
    expect((await rollcall.get('/events', { cookie: `rollcall_console=${right}` })).text).toMatch(TELLING)
  })

  test('[X20] tells nothing to who is signed in at Clerk and not on the list, nor to who was a while ago', async () => {
    const clerk = {
      CLERK_PUBLISHABLE_KEY: sessionKeys.publishableKey,
      CLERK_SECRET_KEY: 'sk_live_test',
      CLERK_JWT_KEY: sessionKeys.jwtKey,
      CONSOLE_ALLOWED_USERS: 'user_grace',
    }
    await using console = await startTestConsole(clerk)
    await insertEvent(console)
    const cookieOf = (userId: string, at: number) =>
      `__session=${sessionToken(userId, at)}; __client_uat=${Math.floor(now / 1_000) - 60}`
    await expectNothingTold(console, { cookie: cookieOf('user_eve', Date.now()) }, [403])
    // Who opens a page is led to Clerk, to be given a new one.
    await expectNothingTold(
      console,
      { authorization: `Bearer ${sessionToken('user_grace', now - 3_600_000)}` },
      [303, 307, 401],
    )
    const passOf = (list: string) =>
      issuePass(
        keyOf(`sk_live_test ${list}`, 'console session by clerk'),
        { userId: 'user_eve', sessionId: 'sess_1' },
        now,
      )
    await expectNothingTold(
      console,
      { cookie: `rollcall_pass=${passOf('[["user_eve"],null,null]')}`, 'sec-fetch-dest': 'empty' },
      [303, 401],
    )
  })
})

describe('what changes something', () => {
  const writes = () =>
    routesOf(rollcall.app, MESSAGE).filter(([method, path]) => method !== 'GET' && path !== '/sign-in')
  const nothingWasDone = async () => {
    expect(await rollcall.mirror.db.selectFrom('audit_log').selectAll().execute()).toEqual([])
    expect((await rollcall.get('/', bearer)).text).not.toContain('Resume the queue')
  }

  test('[X21] is done by POST alone, and by no route of another method', async () => {
    expect(new Set(routesOf(rollcall.app, MESSAGE).map(([method]) => method))).toEqual(new Set(['GET', 'POST']))
    const query = new URLSearchParams({ action: 'replay', id: MESSAGE, _method: 'POST' })
    const overrides = { 'x-http-method-override': 'POST', 'x-http-method': 'POST', 'x-method-override': 'POST' }
    const ofBoard = routesOfBoard(MESSAGE).filter(([method]) => method !== 'GET')
    for (const [method, path] of ofBoard) {
      const { status } = await rollcall.request(path, { method, headers: bearer })
      expect(status, `${method} ${path}`).toBe(405)
    }
    for (const [, path] of guardedRoutes(rollcall)) {
      for (const method of ['GET', 'HEAD', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']) {
        const { status } = await rollcall.request(`${path}?${query}`, { method, headers: { ...bearer, ...overrides } })
        expect(status, `${method} ${path}`).not.toBe(500)
      }
    }
    await nothingWasDone()
  })

  test('[X21] is not done for whoever comes from elsewhere, whatever they know, nor in a form that no form of ours sends', async () => {
    const cookie = `rollcall_console=${issueSession(token, Date.now())}`
    const form = formTokenOf((await rollcall.get('/', { cookie })).text)
    const ofGrace = formTokenOf(
      (await rollcall.get('/', { authorization: `Basic ${btoa('grace:correct horse')}` })).text,
    )
    expect(form).not.toBe('')
    expect(ofGrace).not.toBe('')
    const fields = (token: string) => new URLSearchParams({ action: 'replay', id: MESSAGE, form: token }).toString()
    const urlencoded = { 'content-type': 'application/x-www-form-urlencoded' }
    const attempts: readonly (readonly [string, Record<string, string>, string])[] = [
      ['a form token of another user', { cookie, ...urlencoded }, fields(ofGrace)],
      ['an opaque origin', { cookie, ...urlencoded, origin: 'null' }, fields(form)],
      [
        'the same host by another scheme',
        { cookie, ...urlencoded, origin: rollcall.url.replace('http', 'https') },
        fields(form),
      ],
      ['another port', { cookie, ...urlencoded, origin: 'http://127.0.0.1:1' }, fields(form)],
      ['a host that begins alike', { cookie, ...urlencoded, origin: `${rollcall.url}.evil.example` }, fields(form)],
      ['a neighbouring site', { cookie, ...urlencoded, 'sec-fetch-site': 'same-site' }, fields(form)],
      [
        'a page of another site, with our token',
        { ...bearer, ...urlencoded, 'sec-fetch-site': 'cross-site' },
        fields(''),
      ],
      ['another origin, with our token', { ...bearer, ...urlencoded, origin: 'https://evil.example' }, fields('')],
      ['a form as text, which other sites may send', { cookie, 'content-type': 'text/plain' }, fields(form)],
      ['JSON', { cookie, 'content-type': 'application/json' }, JSON.stringify({ form, action: 'replay', id: MESSAGE })],
      ['two tokens', { cookie, ...urlencoded }, `${fields(form)}&form=${form}`],
      ['no token', { cookie, ...urlencoded }, fields('')],
    ]
    expect(writes().length).toBeGreaterThan(4)
    for (const [, path] of writes()) {
      for (const [what, headers, body] of attempts) {
        const { status } = await rollcall.request(path, { method: 'POST', headers, body })
        expect(status, `${path}: ${what}`).toBe(403)
      }
    }
    await nothingWasDone()
  })
})

test('[X22] every secret is compared in constant time: without that comparison nobody comes in and no form is ours', async () => {
  const cookie = `rollcall_console=${issueSession(token, Date.now())}`
  const form = formTokenOf((await rollcall.get('/', { cookie })).text)
  const attempts = {
    token: () => rollcall.get('/events', bearer),
    'name and password': () => rollcall.get('/events', { authorization: `Basic ${btoa('grace:correct horse')}` }),
    session: () => rollcall.get('/events', { cookie }),
    'sign-in': () => rollcall.post('/sign-in', { token: TOKEN }),
  }
  for (const [what, attempt] of Object.entries(attempts)) {
    const answer = await attempt()
    expect(answer.headers.get('set-cookie') !== null || answer.status === 200, what).toBe(true)
  }
  const compared: number[][] = []
  vi.spyOn(crypto, 'timingSafeEqual').mockImplementation((a, b) => {
    compared.push([a.byteLength, b.byteLength])
    return false
  })
  syncBuiltinESMExports()
  try {
    for (const [what, attempt] of Object.entries(attempts)) {
      const answer = await attempt()
      expect([answer.status, answer.headers.get('set-cookie')], what).not.toEqual([200, null])
      expect(answer.headers.get('set-cookie'), what).toBeNull()
    }
    expect((await rollcall.post('/queue/pause', { form }, { cookie })).status).toBe(401)
    // Of digests, so that not even lengths are told.
    expect(compared.length).toBeGreaterThanOrEqual(Object.keys(attempts).length)
    expect(compared.filter(([a, b]) => a !== 32 || b !== 32)).toEqual([])
  } finally {
    vi.restoreAllMocks()
    syncBuiltinESMExports()
  }
})

const formTokenOf = (text: string): string => /name="form" value="([^"]+)"/.exec(text)?.[1] ?? ''
