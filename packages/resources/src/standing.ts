/**
 * Where a row stands in its history. Compared left to right; the greater one is newer.
 *
 * `eventId` decides between events that are alike in all else, so that no two events ever tie: which of them wins is
 * arbitrary, but it is the same one in every order of arrival. A row that no event wrote has `''`, and loses a tie.
 */
export type Standing = readonly [deleted: boolean, version: number, occurredAt: number, eventId: string]

/**
 * The one ordering rule [V1]: the greater standing wins.
 *
 * A deletion outranks every version because Clerk never reuses an id. The rule is a plain maximum, so a row ends the
 * same whatever order its events arrive in and however often they repeat [G1]. `guarded-upsert.ts` states the rule
 * again in SQL; its test holds the two to the same answers [V2].
 */
export function supersedes(incoming: Standing, current: Standing): boolean {
  for (const [i, value] of incoming.entries()) {
    if (value !== current[i]) return value > current[i]!
  }
  return false
}
