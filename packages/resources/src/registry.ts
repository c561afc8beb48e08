import { email } from './email/email.ts'
import { organization } from './organization/organization.ts'
import { organizationDomain } from './organization-domain/organization-domain.ts'
import { organizationInvitation } from './organization-invitation/organization-invitation.ts'
import { organizationMembership } from './organization-membership/organization-membership.ts'
import { paymentAttempt } from './payment-attempt/payment-attempt.ts'
import { permission } from './permission/permission.ts'
import { role } from './role/role.ts'
import { session } from './session/session.ts'
import { smsMessage } from './sms-message/sms-message.ts'
import { subscription } from './subscription/subscription.ts'
import { subscriptionItem } from './subscription-item/subscription-item.ts'
import { user } from './user/user.ts'
import { waitlistEntry } from './waitlist-entry/waitlist-entry.ts'

/** Every resource that Rollcall knows. Adding one is a folder beside `user/` and a line here. */
export const resources = [
  user,
  organization,
  organizationMembership,
  organizationInvitation,
  organizationDomain,
  role,
  permission,
  waitlistEntry,
  subscription,
  subscriptionItem,
  paymentAttempt,
  session,
  email,
  smsMessage,
] as const
