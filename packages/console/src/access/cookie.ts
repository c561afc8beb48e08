import type { Request, Response } from 'express'
import { PASS_MS } from './clerk-pass.ts'
import { SESSION_MS } from './session.ts'

/** What a browser keeps for us: who signed in here, or whom Clerk has let in a moment ago. */
const COOKIES = {
  session: { name: 'rollcall_console', maxAge: SESSION_MS },
  pass: { name: 'rollcall_pass', maxAge: PASS_MS },
} as const
type Kept = keyof typeof COOKIES

/** By the prefix browsers hold it to what `Secure` and `Path=/` say, so that no neighbouring host can plant one. */
const nameOf = (kept: Kept, { secure }: Request): string => `${secure ? '__Host-' : ''}${COOKIES[kept].name}`

/** Strict: no request that another site causes carries it. Pages that are linked to come back for it, see `guard.ts`. */
const attributes = ({ secure }: Request) => ({ httpOnly: true, secure, sameSite: 'strict', path: '/' }) as const

/** Empty where there is none. */
export function readCookie(request: Request, kept: Kept): string {
  const name = nameOf(kept, request)
  const pairs = (request.headers.cookie ?? '').split(/; */).map((pair) => pair.split('=', 2))
  return pairs.find(([key]) => key === name)?.[1] ?? ''
}

export function setCookie(request: Request, response: Response, kept: Kept, value: string): void {
  response.cookie(nameOf(kept, request), value, { ...attributes(request), maxAge: COOKIES[kept].maxAge })
}

export function clearCookie(request: Request, response: Response, kept: Kept): void {
  response.clearCookie(nameOf(kept, request), attributes(request))
}
