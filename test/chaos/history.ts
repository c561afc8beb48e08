import type { JsonObject } from '@rollcall/shared/json'
import { createClock } from '@rollcall/testkit/clerk/clock'
import type { ClerkEventBody } from '@rollcall/testkit/clerk/events'
import { createIdentifiers } from '@rollcall/testkit/clerk/identifiers'
import { type ClerkInstance, createClerkInstance } from '@rollcall/testkit/clerk/instance'
import { seededRandom } from '@rollcall/testkit/clerk/random'
import { primaryEmail } from '@rollcall/testkit/clerk/users'

/** An event, as Clerk hands it to Svix. */
export interface Happening {
  readonly messageId: string
  readonly body: ClerkEventBody
}

/** What happens at a Clerk, without end: users, organizations and memberships that come, change and go. */
export interface History {
  readonly instance: ClerkInstance
  /** What happens next. */
  next(): Happening
  /** Lets time pass in which nothing happens. */
  rest(ms: number): void
}

const EPOCH_MS = 1_764_000_000_000

/** Between two changes at Clerk passes at the most so much: stamps of two events may be in the wrong order, or the same. */
const MOST_BETWEEN_MS = 60

export function createHistory(seed: number): History {
  const random = seededRandom(seed)
  const newMessageId = createIdentifiers(seed + 1)
  const clock = createClock(EPOCH_MS)
  const waiting: Happening[] = []
  const instance = createClerkInstance({
    now: clock.now,
    environment: 'production',
    seed,
    emit: ({ body }) => waiting.push({ messageId: newMessageId('msg'), body }),
  })
  const [users, organizations, memberships] = [ids(random), ids(random), ids(random)]
  let change = 0

  const profile = (id: string): JsonObject => ({
    first_name: `Name ${change} \u{1F680} ${'ß'.repeat(change % 5)}`,
    last_name: change % 3 === 0 ? null : `"O'Brien" ${change}`,
    external_id: change % 4 === 0 ? `external-${id}` : null,
    public_metadata: { change, tags: ['a', 'b'].slice(change % 2) },
    unsafe_metadata: change % 7 === 0 ? { nested: { deeply: [change, null, true] } } : {},
    banned: change % 50 === 0,
    last_sign_in_at: change % 2 === 0 ? clock.now() : null,
    ...(change % 9 === 0 && primaryEmail(`${id}-${change}@example.com`, `idn_${change}`, clock.now())),
  })
  const existingUser = () => users.some((id) => instance.users.get(id) !== undefined)
  const existingOrganization = () => organizations.some((id) => instance.organizations.get(id) !== undefined)
  const existingMembership = () => memberships.some((id) => instance.memberships.get(id) !== undefined)

  const createUser = () => users.add(instance.createUser({ public_metadata: { change } }).id)
  const createOrganization = (createdBy: string) =>
    organizations.add(instance.createOrganization({ public_metadata: { change } }, { createdBy }).id)

  /** By how likely it is. One that needs what there is not does nothing. */
  const CHANGES: readonly (readonly [weight: number, change: () => void])[] = [
    [10, createUser],
    [40, () => withEach([existingUser()], ([id]) => instance.updateUser(id, profile(id)))],
    [1.5, () => withEach([existingUser()], ([id]) => instance.deleteUser(id))],
    [1.5, () => withEach([existingUser()], ([id]) => createOrganization(id))],
    [
      9,
      () => withEach([existingOrganization()], ([id]) => instance.updateOrganization(id, { name: `Acme ${change}` })),
    ],
    [0.1, () => withEach([existingOrganization()], ([id]) => instance.deleteOrganization(id))],
    [8, () => withEach([existingUser(), existingOrganization()], ([user, organization]) => join(user, organization))],
    [
      25,
      () =>
        withEach([existingMembership()], ([id]) =>
          instance.updateMembership(id, {
            role: change % 2 === 0 ? 'org:admin' : 'org:member',
            public_metadata: { change },
          }),
        ),
    ],
    [3, () => withEach([existingMembership()], ([id]) => instance.deleteMembership(id))],
  ]
  const total = CHANGES.reduce((sum, [weight]) => sum + weight, 0)

  function join(userId: string, organizationId: string): void {
    const isMember = instance.memberships.ofUser(userId).some(({ links }) => links.organizationId === organizationId)
    if (!isMember) memberships.add(instance.createMembership({ userId, organizationId }).id)
  }

  function happen(): void {
    clock.advance(1 + Math.floor(random() * MOST_BETWEEN_MS))
    change++
    let rest = random() * total
    for (const [weight, make] of CHANGES) {
      rest -= weight
      if (rest >= 0) continue
      make()
      return
    }
  }

  return {
    instance,
    rest: clock.advance,
    next() {
      while (waiting.length === 0) happen()
      return waiting.shift()!
    },
  }
}

/** Some change all the time and most hardly ever, so that there are both long lives and many. */
const SKEW = 3

/** Ids to choose from. Those that are no more are forgotten when they are met. */
function ids(random: () => number) {
  const all: string[] = []
  return {
    add: (id: string) => void all.push(id),
    some(exists: (id: string) => boolean): string | undefined {
      while (all.length > 0) {
        const i = Math.floor(random() ** SKEW * all.length)
        const id = all[i]!
        if (exists(id)) return id
        all[i] = all.at(-1)!
        all.pop()
      }
      return undefined
    },
  }
}

/** Nothing happens where one of them is not there. */
function withEach<Found extends readonly (string | undefined)[]>(
  found: readonly [...Found],
  work: (found: { [I in keyof Found]: string }) => void,
): void {
  if (found.every((id) => id !== undefined)) work(found as unknown as { [I in keyof Found]: string })
}
