import { generateKeyPairSync, randomUUID, sign } from 'node:crypto'

/** Of an instance that is nowhere: tokens are verified by the key, and nobody is asked for it. */
const FRONTEND_API = 'clerk.app.example.com'
const KEY_ID = 'ins_test'
const LIFE_SECONDS = 60

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 })

/** What an app is told of its Clerk, with the key that its session tokens are signed by. */
export const sessionKeys = {
  jwtKey: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
  publishableKey: `pk_live_${btoa(`${FRONTEND_API}$`)}`,
} as const

/** A session token as Clerk signs it, version 2, for a user who is signed in. */
export function sessionToken(userId: string, now = Date.now()): string {
  const seconds = Math.floor(now / 1_000)
  const claims = {
    azp: 'https://app.example.com',
    exp: seconds + LIFE_SECONDS,
    fva: [0, -1],
    iat: seconds,
    iss: `https://${FRONTEND_API}`,
    jti: randomUUID(),
    nbf: seconds - 10,
    sid: `sess_${userId}`,
    sts: 'active',
    sub: userId,
    v: 2,
  }
  const content = `${part({ alg: 'RS256', cat: 'cl_B7d4PD111AAA', kid: KEY_ID, typ: 'JWT' })}.${part(claims)}`
  return `${content}.${sign('sha256', Buffer.from(content), privateKey).toString('base64url')}`
}

const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
