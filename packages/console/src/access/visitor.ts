import { isSame, sign } from './signature.ts'

/** How somebody came in. */
export type Way = 'clerk' | 'token' | 'basic' | 'loopback'

/** Somebody who may see everything, and do what can be done. */
export interface Visitor {
  /** Who it is, for the audit log. */
  readonly actor: string
  readonly way: Way
  /** What every form of theirs has to carry: pages of other sites do not know it [X6]. */
  readonly formToken: string
  /** Whether a form may do without: what a browser never sends by itself proves that no other site is behind it. */
  readonly isBearer: boolean
  /** What lets in, for a while, the forms and charts of the page that is answered [X3]. */
  readonly pass?: string
  /** Whether there is a session here that can be ended. */
  readonly canSignOut: boolean
}

/** Bound to the session, so that what leaks of one is of no use in another. */
export const formToken = (key: Buffer, session: string): string => sign(key, `form ${session}`)

export const carriesToken = ({ formToken }: Visitor, written: unknown): boolean =>
  typeof written === 'string' && isSame(written, formToken)
