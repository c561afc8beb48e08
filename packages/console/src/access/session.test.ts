import { expect, test } from 'vitest'
import { issuePass, PASS_MS, readPass } from './clerk-pass.ts'
import { createCredentials, readAuthorization } from './credentials.ts'
import { issueSession, readSession, SESSION_MS } from './session.ts'
import { keyOf } from './signature.ts'

const T0 = 1_764_000_000_000
const CONSOLE_TOKEN = 'a-token-of-more-than-32-characters'
const credentials = createCredentials({ CONSOLE_TOKEN, CONSOLE_USERNAME: 'ada', CONSOLE_PASSWORD: 'correct horse' })
const [token, basic] = credentials as [(typeof credentials)[number], (typeof credentials)[number]]

test('[X4] a session is taken for twelve hours, by every process with the same credential', () => {
  const session = issueSession(token, T0)
  const elsewhere = createCredentials({ CONSOLE_TOKEN })
  expect(readSession(session, elsewhere, T0 + SESSION_MS - 1)?.credential.actor).toBe('token')
  expect(readSession(session, elsewhere, T0 + SESSION_MS)).toBeUndefined()
  expect(readSession(issueSession(basic, T0), credentials, T0)?.credential.actor).toBe('ada')
})

test('[X4] a session ends when the credential is changed, or is not there any more', () => {
  const session = issueSession(token, T0)
  expect(readSession(session, createCredentials({ CONSOLE_TOKEN: `${CONSOLE_TOKEN}!` }), T0)).toBeUndefined()
  expect(readSession(session, [basic], T0)).toBeUndefined()
})

test('[X4] whatever is changed in a session, it is none', () => {
  const session = issueSession(token, T0)
  for (let i = 0; i < session.length; i++) {
    const changed = `${session.slice(0, i)}${session[i] === 'A' ? 'B' : 'A'}${session.slice(i + 1)}`
    expect(readSession(changed, credentials, T0), changed).toBeUndefined()
  }
  for (const written of ['', '.', 'token', `${session}.`, `basic${session.slice('token'.length)}`]) {
    expect(readSession(written, credentials, T0), written).toBeUndefined()
  }
})

test('[X4] credentials come in a header, or not at all', () => {
  const basicHeader = `Basic ${Buffer.from('ada:correct horse').toString('base64')}`
  expect(readAuthorization(`Bearer ${CONSOLE_TOKEN}`)).toEqual({ way: 'token', written: CONSOLE_TOKEN })
  expect(basic.matches(readAuthorization(basicHeader)!.written)).toBe(true)
  expect(basic.matches('ada:correct horses')).toBe(false)
  expect(token.matches('')).toBe(false)
  for (const header of [undefined, '', 'Bearer', 'Digest x', `Bearer a b`])
    expect(readAuthorization(header)).toBeUndefined()
})

test('[X3] what lets in the forms of an open page, whom Clerk has let in, does so for a quarter of an hour', () => {
  const key = keyOf('sk_live_x', 'test')
  const holder = { userId: 'user_ada', sessionId: 'sess_1' }
  const pass = issuePass(key, holder, T0)
  expect(readPass(key, pass, T0 + PASS_MS - 1)).toEqual(holder)
  expect(readPass(key, pass, T0 + PASS_MS)).toBeUndefined()
  expect(readPass(keyOf('sk_live_y', 'test'), pass, T0)).toBeUndefined()
  for (const changed of [
    '',
    pass.replace('ada', 'eve'),
    pass.replace('sess_1', 'sess_2'),
    `${pass}.`,
    pass.slice(0, -1),
  ]) {
    expect(readPass(key, changed, T0), changed).toBeUndefined()
  }
})
