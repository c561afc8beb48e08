import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { bearer, browserHeaders, startTestConsole, type TestConsole, TOKEN } from '../test-console.ts'
import { routesOf } from '../test-routes.ts'

/** What an event about somebody would show, wherever it is shown. */
const MESSAGE = 'msg_kept'
const TELLING = /user_ada|Lovelace|row_rejected|webhook_events/

async function insertEvent(console: TestConsole, over: object = {}): Promise<void> {
  const event = {
    id: MESSAGE,
    type: 'user.updated',
    resource: 'user',
    entity_id: 'user_ada',
    instance_id: 'ins_test',
    occurred_at: new Date(),
    received_at: new Date(),
    outcome: 'failed' as const,
    error: 'row_rejected: it does not fit',
    error_group: 'row_rejected: it does not fit',
    attempts: 1,
    body: JSON.stringify({ type: 'user.updated', data: { id: 'user_ada', last_name: 'Lovelace', otp_code: '424242' } }),
    ...over,
  }
  await console.mirror.db.insertInto('webhook_events').values(event).execute()
}

const PUBLIC = ['GET /healthz', 'GET /assets/console.css', 'GET /sign-in', 'GET /sign-in/clerk', 'POST /sign-in']
const OF_THE_BOARD = [
  '/queues',
  '/queues/',
  '/queues/api/queues',
  '/queues/api/queues/webhooks/msg_kept',
  '/queues/static/favicon.ico',
]

/** The hidden token of the first form on a page. */
const formTokenIn = (text: string): string => /name="form" value="([^"]+)"/.exec(text)?.[1] ?? ''

/** Signs in by the form, and answers the cookie. */
async function signIn(console: TestConsole): Promise<{ readonly cookie: string }> {
  const { headers } = await console.post('/sign-in', { token: TOKEN })
  return { cookie: headers.get('set-cookie')!.split(';', 1)[0]! }
}

let rollcall: TestConsole
beforeAll(async () => {
  rollcall = await startTestConsole({
    CONSOLE_TOKEN: TOKEN,
    CONSOLE_USERNAME: 'grace',
    CONSOLE_PASSWORD: 'correct horse',
  })
  await insertEvent(rollcall)
})
afterAll(() => rollcall[Symbol.asyncDispose]())

test('[X1] who is not known reaches the sign-in and /healthz, and of nothing else more than that it asks to sign in', async () => {
  const routes = routesOf(rollcall.app, MESSAGE)
  expect(routes.map((route) => route.join(' '))).toEqual(expect.arrayContaining(PUBLIC))
  expect(routes.length).toBeGreaterThan(20)
  const paths = [
    ...routes.filter((route) => !PUBLIC.includes(route.join(' '))),
    ...[...OF_THE_BOARD, '/nothing', '/..%2f..%2fetc', '//events', '/events/'].map((path) => ['GET', path] as const),
    ...['/queues/api/queues/pause', '/queues/api/queues/webhooks/retry/failed'].map((path) => ['PUT', path] as const),
  ]
  for (const [method, path] of paths) {
    for (const accept of ['text/html', 'application/json', '*/*']) {
      const response = await rollcall.request(path, { method, headers: { accept } })
      const text = await response.text()
      const isAsked = response.status === 401 || response.headers.get('location')?.startsWith('/sign-in?to=')
      expect(isAsked, `${method} ${path}: ${response.status}`).toBe(true)
      expect(text).not.toMatch(TELLING)
      expect(text.length).toBeLessThan(2_000)
    }
  }
})

test('[X1] what is public tells nothing', async () => {
  for (const path of ['/healthz', '/assets/console.css', '/sign-in', '/sign-in/clerk']) {
    const { status, text } = await rollcall.get(path)
    expect([200, 303]).toContain(status)
    expect(text).not.toMatch(TELLING)
  }
})

test('[X1] credentials that are wrong reach as little', async () => {
  const wrong = [`Bearer ${TOKEN}x`, `Basic ${btoa('grace:wrong')}`, `Basic ${btoa(`token:${TOKEN}`)}`, 'Bearer']
  for (const authorization of wrong) {
    expect((await rollcall.get('/events', { authorization })).status).toBe(303)
  }
})

test('[X1] a token or basic credentials in a header let in, and the audit log is told who', async () => {
  expect((await rollcall.get('/events', bearer)).text).toContain('user_ada')
  const { text } = await rollcall.get('/', { authorization: `Basic ${btoa('grace:correct horse')}` })
  expect(text).toContain('grace')
})

describe('signing in', () => {
  test('[X4] the form sets a cookie that no script reads and no other site sends, and brings back', async () => {
    const answer = await rollcall.post('/sign-in', { token: TOKEN, to: '/events?type=user.updated' })
    expect(answer.status).toBe(303)
    expect(answer.headers.get('location')).toBe('/events?type=user.updated')
    expect(answer.headers.get('set-cookie')).toMatch(
      /^rollcall_console=token\..*; Path=\/; .*HttpOnly; SameSite=Strict$/,
    )
    const secure = await rollcall.post('/sign-in', { token: TOKEN }, { 'x-forwarded-proto': 'https' })
    expect(secure.headers.get('set-cookie')).toMatch(/^__Host-rollcall_console=.*; Secure; SameSite=Strict$/)
    const { cookie } = await signIn(rollcall)
    expect((await rollcall.get('/events', { cookie })).status).toBe(200)
  })

  test('[X4] it brings nobody to another site', async () => {
    for (const to of [
      'https://evil.example',
      '//evil.example',
      '/\\evil.example',
      'javascript:alert(1)',
      '/\t/evil.example',
    ]) {
      expect((await rollcall.post('/sign-in', { token: TOKEN, to })).headers.get('location')).toBe('/')
    }
  })

  test('[X4] a link from another site is opened once more by ours, which has the strict cookie', async () => {
    const { status, headers } = await rollcall.get('/events', { 'sec-fetch-site': 'cross-site' })
    expect([status, headers.get('refresh')]).toEqual([401, '0; url=/events'])
    expect((await rollcall.get('//evil.example/x', { 'sec-fetch-site': 'cross-site' })).headers.get('refresh')).toBe(
      '0; url=/',
    )
  })

  test('[X4] signing out forgets the cookie', async () => {
    const session = await signIn(rollcall)
    const form = formTokenIn((await rollcall.get('/audit', session)).text)
    const answer = await rollcall.post('/sign-out', { form }, session)
    expect(answer.headers.get('set-cookie')).toMatch(/^rollcall_console=; .*Expires=Thu, 01 Jan 1970/)
  })

  test('[X5] who fails five times in a minute waits, with the right token as well', async () => {
    const from = { 'x-forwarded-for': '198.51.100.7' }
    for (let i = 0; i < 5; i++) expect((await rollcall.post('/sign-in', { token: 'wrong' }, from)).status).toBe(401)
    const answer = await rollcall.post('/sign-in', { token: TOKEN }, from)
    expect([answer.status, Number(answer.headers.get('retry-after'))]).toEqual([
      429,
      expect.toSatisfy((seconds) => seconds >= 50 && seconds <= 60),
    ])
    expect((await rollcall.get('/events', { ...bearer, ...from })).status).toBe(303)
    expect((await rollcall.post('/sign-in', { token: TOKEN })).status).toBe(303)
  })

  test('[X6] another site cannot sign anybody in', async () => {
    const from = { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }
    expect((await rollcall.post('/sign-in', { token: TOKEN }, from)).headers.get('set-cookie')).toBeNull()
  })
})

describe('what changes something', () => {
  const writes = () => routesOf(rollcall.app, 'x').filter(([method, path]) => method !== 'GET' && path !== '/sign-in')

  test('[X6] it asks for a form of ours: not without its token, not with that of another session, not from elsewhere', async () => {
    const session = await signIn(rollcall)
    const form = formTokenIn((await rollcall.get('/audit', session)).text)
    const another = formTokenIn((await rollcall.get('/audit', await signIn(rollcall))).text)
    expect(form).not.toBe(another)
    expect(writes().map(([method]) => method)).not.toContain('PUT')
    for (const [, path] of writes()) {
      const fields = { action: 'replay', id: MESSAGE }
      for (const [token, headers] of [
        ['', {}],
        [another, {}],
        [form, { origin: 'https://evil.example' }],
        [form, { 'sec-fetch-site': 'cross-site' }],
        [form, { 'sec-fetch-site': 'same-site' }],
      ] as const) {
        const answer = await rollcall.post(path, { ...fields, form: token }, { ...session, ...headers })
        expect(answer.status, `${path} with ${JSON.stringify(headers)}`).toBe(403)
      }
    }
    expect(await rollcall.mirror.db.selectFrom('audit_log').selectAll().execute()).toEqual([])
  })

  test('[X6] [X11] with the token it is done, and the audit log holds who did it', async () => {
    const session = await signIn(rollcall)
    const form = formTokenIn((await rollcall.get('/audit', session)).text)
    expect((await rollcall.post('/queue/pause', { form }, session)).status).toBe(303)
    expect((await rollcall.get('/', session)).text).toContain('Resume the queue')
    const basic = { authorization: `Basic ${btoa('grace:correct horse')}` }
    const basicForm = formTokenIn((await rollcall.get('/', basic)).text)
    expect((await rollcall.post('/queue/resume', { form: basicForm }, basic)).status).toBe(303)
    // No page of another site makes a browser send a bearer token.
    expect((await rollcall.post('/queue/pause', {}, bearer)).status).toBe(303)
    const actions = await rollcall.mirror.db.selectFrom('audit_log').select(['actor', 'action']).orderBy('id').execute()
    expect(actions).toEqual([
      { actor: 'token', action: 'pause' },
      { actor: 'grace', action: 'resume' },
      { actor: 'token', action: 'pause' },
    ])
  })
})

test('[X7] no page loads from elsewhere or runs what is inline, and none is kept, framed or sniffed', async () => {
  for (const path of [
    '/',
    '/events',
    `/events/${MESSAGE}`,
    '/entities/user_ada',
    '/failed',
    '/audit',
    '/sign-in',
    '/nothing',
  ]) {
    const { headers, text } = await rollcall.get(path, path === '/sign-in' ? {} : bearer)
    expect(headers.get('content-security-policy')).toMatch(/^default-src 'none'; script-src 'self'; style-src 'self';/)
    expect(headers.get('content-security-policy')).toMatch(/frame-ancestors 'none'; base-uri 'none'$/)
    expect(headers.get('cache-control')).toBe('no-store')
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('x-powered-by')).toBeNull()
    expect(text).not.toMatch(/<style|style=|\son\w+=|<script(?! src="\/assets\/)|src="(?!\/assets\/)/)
    expect(text).not.toMatch(/<(link|script|img|form)[^>]+(href|src|action)="(?!\/|data:)/)
  }
})

test('[X7] whatever an event says is text', async () => {
  const evil = `<script>alert(1)</script>"><img src=x onerror=alert(1)>`
  await insertEvent(rollcall, { id: `msg_${evil}`, type: evil, entity_id: evil, error: `unexpected: ${evil}` })
  const pages = [
    await rollcall.get('/events', bearer),
    await rollcall.get(`/events/${encodeURIComponent(`msg_${evil}`)}`, bearer),
    await rollcall.get(`/entities/${encodeURIComponent(evil)}`, bearer),
    await rollcall.get(`/events?${new URLSearchParams({ entity: evil, type: evil, error: evil })}`, bearer),
    await rollcall.get(`/find?${new URLSearchParams({ id: evil })}`, bearer),
    await rollcall.get('/failed', bearer),
  ]
  for (const { text } of pages) expect(text).not.toMatch(/<script>|<img/)
})

test('[X8] an event and a row are shown without codes', async () => {
  const { text } = await rollcall.get(`/events/${MESSAGE}`, bearer)
  expect(text).toContain('Lovelace')
  expect(text).not.toContain('424242')
})

test('[X9] no address of a page holds what an event or an error says', async () => {
  await insertEvent(rollcall, {
    id: 'msg_handler',
    outcome: 'applied',
    error: null,
    handling: 'failed',
    handler_error: 'no mail for ada@example.com',
    error_group: 'no mail for ada@example.com',
  })
  for (const path of ['/', '/events', '/failed', '/audit', `/events/${MESSAGE}`, '/entities/user_ada']) {
    const { text } = await rollcall.get(path, bearer)
    const addresses = [...text.matchAll(/(?:href|action|formaction)="([^"]*)"/g)].map((match) =>
      decodeURIComponent(match[1]!),
    )
    expect(addresses.join(' ')).not.toMatch(/Lovelace|example\.com(?!\/last-active)|does not fit/)
  }
})

test('[X2] where nobody signs in, only a request to this machine by its own name is answered', async () => {
  await using open = await startTestConsole({})
  const port = new URL(open.url).port
  const page = await open.get('/')
  expect(page.status).toBe(200)
  expect(page.text).toContain('answers to this machine only')
  const { request } = await import('node:http')
  const statusFor = (host: string) =>
    new Promise((resolve, reject) => {
      request({ host: '127.0.0.1', port, path: '/events', headers: { ...browserHeaders, host } }, (response) => {
        response.resume()
        resolve(response.statusCode)
      })
        .on('error', reject)
        .end()
    })
  for (const host of [`localhost:${port}`, '127.0.0.1', `[::1]:${port}`]) expect(await statusFor(host)).toBe(200)
  for (const host of ['evil.example', `127.0.0.1.evil.example:${port}`, 'localhost.evil.example']) {
    expect(await statusFor(host)).toBe(403)
  }
})
