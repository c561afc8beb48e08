/**
 * The event types that Clerk documents. Clerk adds to them without notice; a type that is missing here is unknown, and
 * its body is kept until somebody has decided what it means.
 */
const DOCUMENTED = {
  user: ['created', 'updated', 'deleted'],
  organization: ['created', 'updated', 'deleted'],
  organizationDomain: ['created', 'updated', 'deleted'],
  organizationMembership: ['created', 'updated', 'deleted'],
  organizationInvitation: ['created', 'accepted', 'revoked'],
  role: ['created', 'updated', 'deleted'],
  permission: ['created', 'updated', 'deleted'],
  session: ['created', 'pending', 'ended', 'removed', 'revoked'],
  waitlistEntry: ['created', 'updated'],
  email: ['created'],
  sms: ['created'],
  subscription: ['created', 'updated', 'active', 'pastDue'],
  subscriptionItem: [
    'created',
    'updated',
    'active',
    'canceled',
    'upcoming',
    'ended',
    'abandoned',
    'incomplete',
    'pastDue',
    'freeTrialEnding',
  ],
  paymentAttempt: ['created', 'updated'],
} as const

type Documented = typeof DOCUMENTED

/** An event type that Clerk documents. */
export type EventType = {
  [Subject in keyof Documented]: `${Subject}.${Documented[Subject][number]}`
}[keyof Documented]

export const documentedEventTypes: readonly string[] = Object.entries(DOCUMENTED).flatMap(([subject, verbs]) =>
  verbs.map((verb) => `${subject}.${verb}`),
)

const documented = new Set(documentedEventTypes)

/** Whether Clerk documents the type. Bodies of `email.created` and `sms.created` carry one-time passwords. */
export const isDocumented = (eventType: string): boolean => documented.has(eventType)
