import { describe, expect, test } from 'vitest'
import { accountPortal, createClerkAccess, isAllowed } from './clerk-access.ts'

const key = (host: string) => `pk_live_${btoa(`${host}$`)}`

describe('who may come in through Clerk', () => {
  const users = { CONSOLE_ALLOWED_USERS: ['user_ada', 'user_grace'] }
  const members = { CONSOLE_ALLOWED_ORGANIZATION: 'org_ops' }
  const admins = { ...members, CONSOLE_ALLOWED_ROLE: 'org:admin' }
  const somebody = { userId: 'user_nobody', orgId: 'org_ops', orgRole: 'org:member' }

  test.each([
    ['a user on the list', users, { userId: 'user_ada' }, true],
    ['a user who is not', users, { userId: 'user_eve' }, false],
    ['a member of the organization', members, somebody, true],
    ['a member of another', members, { ...somebody, orgId: 'org_other' }, false],
    ['somebody without an active organization', members, { userId: 'user_ada', orgId: null }, false],
    ['a member where admins are meant', admins, somebody, false],
    ['an admin where admins are meant', admins, { ...somebody, orgRole: 'org:admin' }, true],
    ['a user on the list, whatever the organization', { ...admins, ...users }, { userId: 'user_grace' }, true],
    ['anybody where there is no list', {}, somebody, false],
  ])('[X3] %s', (_who, config, signedIn, allowed) => {
    expect(isAllowed(config, signedIn)).toBe(allowed)
  })
})

test('[X3] people sign in at the account portal of their instance, or where it is said, and come back', () => {
  expect(accountPortal(key('clerk.example.com'))).toBe('https://accounts.example.com')
  expect(accountPortal(key('happy-owl-1.clerk.accounts.dev'))).toBe('https://happy-owl-1.accounts.dev')
  const config = { CLERK_PUBLISHABLE_KEY: key('clerk.example.com'), CLERK_SECRET_KEY: 'sk_live_x' }
  expect(createClerkAccess(config, Date.now)!.signInUrl('https://c.example.com/events?a=b')).toBe(
    'https://accounts.example.com/sign-in?redirect_url=https%3A%2F%2Fc.example.com%2Fevents%3Fa%3Db',
  )
  const own = createClerkAccess({ ...config, CLERK_SIGN_IN_URL: 'https://example.com/login' }, Date.now)
  expect(own!.signInUrl('https://c.example.com/')).toMatch(/^https:\/\/example\.com\/login\?redirect_url=/)
})

test('[X3] the secret key alone, which backfill needs, opens no way in', () => {
  expect(createClerkAccess({ CLERK_SECRET_KEY: 'sk_live_x' }, Date.now)).toBeUndefined()
})
