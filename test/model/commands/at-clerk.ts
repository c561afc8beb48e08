import type { ClerkEventBody } from '@rollcall/testkit/clerk/events'
import fc from 'fast-check'
import { type History, picked } from '../history.ts'
import { type Command, step } from './step.ts'

/** A change at Clerk, of which it tells: the message is on its way, and nobody has it yet. */
export interface Change {
  readonly kind: (typeof KINDS)[number]
  /** Which of those that there are. */
  readonly pick: number
  readonly value: number
  /** Since the change before. */
  readonly afterMs: number
}

const KINDS = [
  'createUser',
  'updateUser',
  'updateUser',
  'deleteUser',
  'createOrganization',
  'updateOrganization',
  'deleteOrganization',
  'createMembership',
  'createMembership',
  'updateMembership',
  'deleteMembership',
] as const

/** Few values, so that some are told again; times within each other's stamps, within Clerk's second, and beyond it. */
export const change: fc.Arbitrary<Change> = fc.record({
  kind: fc.constantFrom(...KINDS),
  pick: fc.nat(5),
  value: fc.nat(2),
  afterMs: fc.oneof(fc.nat(30), fc.integer({ min: 400, max: 2_500 })),
})

/** Few entities, so that they are met again and again. */
const MOST = { users: 4, organizations: 3 }

/** Where there is nothing to change or to delete, or no more is to be, it is the next best thing. */
export function makeChange(history: History, change: Change): void {
  const { clerk } = history
  const { kind, pick, value, afterMs } = change
  const instead = (other: Change['kind']) => makeChange(history, { ...change, kind: other, afterMs: 0 })
  history.advance(afterMs)
  const one = (of: { all(): readonly { readonly id: string }[] }) => picked(of.all(), [pick])[0]?.id
  const user = one(clerk.users)
  const organization = one(clerk.organizations)
  const membership = one(clerk.memberships)
  switch (kind) {
    case 'createUser':
      if (clerk.users.size < MOST.users) clerk.createUser({ first_name: nameOf(value) })
      else instead('updateUser')
      return
    case 'updateUser':
      if (user) clerk.updateUser(user, { first_name: nameOf(value) })
      else instead('createUser')
      return
    case 'deleteUser':
      if (user) clerk.deleteUser(user)
      else instead('createUser')
      return
    case 'createOrganization':
      if (clerk.organizations.size < MOST.organizations) clerk.createOrganization({ name: nameOf(value) })
      else instead('updateOrganization')
      return
    case 'updateOrganization':
      if (organization) clerk.updateOrganization(organization, { name: nameOf(value) })
      else instead('createOrganization')
      return
    case 'deleteOrganization':
      if (organization) clerk.deleteOrganization(organization)
      else instead('createOrganization')
      return
    case 'createMembership': {
      const [links] = picked(strangers(history), [pick])
      if (links) clerk.createMembership(links, { role: roleOf(value) })
      else instead(user ? 'createOrganization' : 'createUser')
      return
    }
    case 'updateMembership':
      if (membership) clerk.updateMembership(membership, { role: roleOf(value) })
      else instead('createMembership')
      return
    case 'deleteMembership':
      if (membership) clerk.deleteMembership(membership)
      else instead('createMembership')
  }
}

const nameOf = (value: number): string => `Name ${value}`
const roleOf = (value: number): string => `org:role_${value}`

/** Users with organizations of which they are no members. */
function strangers({ clerk }: History): readonly { readonly userId: string; readonly organizationId: string }[] {
  const isMember = (userId: string, organizationId: string) =>
    clerk.memberships.ofUser(userId).some(({ links }) => links.organizationId === organizationId)
  return clerk.users
    .all()
    .flatMap((user) => clerk.organizations.all().map(({ id }) => ({ userId: user.id, organizationId: id })))
    .filter(({ userId, organizationId }) => !isMember(userId, organizationId))
}

export const happen: fc.Arbitrary<Command> = fc.array(change, { minLength: 1, maxLength: 5 }).map((changes) =>
  step('change at Clerk', changes, (history) => {
    for (const each of changes) makeChange(history, each)
  }),
)

interface Echo {
  readonly pick: number
  readonly isDeletion: boolean
  readonly stampedMs: number
  readonly changedMs: number
  readonly isInSeconds: boolean
  readonly value: number
}

const echo: fc.Arbitrary<Echo> = fc.record({
  pick: fc.nat(20),
  isDeletion: fc.boolean(),
  stampedMs: fc.integer({ min: -1, max: 1 }),
  changedMs: fc.integer({ min: -1, max: 1 }),
  isInSeconds: fc.boolean(),
  value: fc.nat(2),
})

/**
 * A message that nothing happened for, made of one that was told: of the same entity, with the same times or a millisecond
 * beside them, or in seconds; of another value, or a deletion. So messages tie in all but their ids, and entities are
 * deleted twice, or deleted and alive.
 */
function bodyOf({ isDeletion, stampedMs, changedMs, isInSeconds, value }: Echo, body: ClerkEventBody): ClerkEventBody {
  const [subject] = body.type.split('.')
  const timestamp = isInSeconds ? Math.floor(body.timestamp / 1_000) : body.timestamp + stampedMs
  if (isDeletion || body.type.endsWith('.deleted')) return { ...body, timestamp, type: `${subject}.deleted` }
  const { updated_at } = body.data
  const data = {
    ...body.data,
    updated_at: (updated_at as number) + changedMs,
    ...{ user: { first_name: nameOf(value) }, organization: { name: nameOf(value) } }[subject!],
    ...(subject === 'organizationMembership' && { role: roleOf(value) }),
  }
  return { ...body, timestamp, type: `${subject}.updated`, data }
}

export const echoes: fc.Arbitrary<Command> = echo.map((each) =>
  step(
    'tell without a reason',
    each,
    (history) => {
      const [original] = picked(history.told, [each.pick])
      history.pending.push(history.newMessage(bodyOf(each, original!.body)))
      history.isTrue = false
    },
    ({ told }) => told.length > 0,
  ),
)
