import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import { closeServer, portOf } from '@rollcall/shared/ops-server'
import { variables } from '@rollcall/shared/variables'
import { expect, test } from 'vitest'
import { openBackendApi } from './backend-api.ts'

const SECRET_KEY = 'sk_test_of_nobody'

/** A server that notes what it is asked, and answers what it is told to. */
async function startServer(answer: { readonly status: number; readonly headers?: Record<string, string> }) {
  const asked: IncomingHttpHeaders[] = []
  const server = createServer((request, response) => {
    asked.push(request.headers)
    response.writeHead(answer.status, { 'content-type': 'application/json', ...answer.headers }).end('{}')
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { asked, port: portOf(server), [Symbol.asyncDispose]: () => closeServer(server) }
}

const open = (url: string) =>
  openBackendApi({
    url,
    secretKey: SECRET_KEY,
    rate: { requests: 100, windowMs: 10 },
    stop: new AbortController().signal,
    retryPauseMs: 1,
  })

test.each([301, 302, 303, 307, 308])(
  '[L22] a redirect (%i) is not followed, and told at once with what to do',
  async (status) => {
    await using elsewhere = await startServer({ status: 200 })
    for (const host of ['127.0.0.1', 'localhost']) {
      const location = `http://${host}:${elsewhere.port}/v1/users`
      await using clerk = await startServer({ status, headers: { location } })
      await expect(open(`http://127.0.0.1:${clerk.port}`).get('/users')).rejects.toMatchObject({
        code: 'clerk_refused',
        message: expect.stringMatching(new RegExp(`\\(${status}\\).*CLERK_API_URL`)),
      })
      expect(clerk.asked).toMatchObject([{ authorization: `Bearer ${SECRET_KEY}` }])
    }
    expect(elsewhere.asked).toEqual([])
  },
)

test('[L22] the secret key is sent to no host but over TLS, or on this machine', () => {
  const isTaken = (url: string) => variables.CLERK_API_URL.safeParse(url).success
  for (const url of [
    'https://api.clerk.com',
    'https://proxy.example.com/clerk',
    'http://localhost:1',
    'http://127.0.0.1',
    'http://[::1]:1',
  ]) {
    expect(isTaken(url), url).toBe(true)
  }
  for (const url of [
    'http://api.clerk.com',
    'http://clerk-mock:8080',
    'http://169.254.169.254/latest',
    'http://localhost.evil.example',
    'http://127.0.0.1.evil.example',
    'http://127.0.0.1@evil.example',
    'https://user:password@api.clerk.com',
    'https://api.clerk.com@evil.example',
    'https://api.clerk.com?x=y',
    'https://api.clerk.com/#x',
    'file:///etc/passwd',
    'HTTP://evil.example',
  ]) {
    expect(isTaken(url), url).toBe(false)
  }
})
