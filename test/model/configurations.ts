import { defineConfig, type RollcallConfig } from '@rollcall/config/define-config'
import type { HandlerContext } from '@rollcall/config/handler'
import { sql } from 'kysely'
import type { OnDelete } from './oracle.ts'

/** An effect of a handler: a row each time that one ran to its end. */
const happen = async (
  _event: unknown,
  { transaction, messageId }: Pick<HandlerContext<unknown>, 'transaction' | 'messageId'>,
) => {
  await sql`insert into public.effects (message_id) values (${messageId})`.execute(transaction)
}

/** What the model's installation mirrors, and nothing else, so that little has to be emptied between two runs. */
const configure = (onDelete: OnDelete) =>
  defineConfig({
    eventBodies: 'all',
    resources: {
      user: { onDelete },
      organization: { onDelete },
      organization_membership: { onDelete },
      organization_domain: false,
      organization_invitation: false,
      payment_attempt: false,
      permission: false,
      role: false,
      subscription: false,
      subscription_item: false,
      waitlist_entry: false,
    },
    handlers: {
      'user.created': happen,
      'user.updated': happen,
      'user.deleted': happen,
      'organization.created': happen,
      'organization.updated': happen,
      'organization.deleted': happen,
      'organizationMembership.created': happen,
      'organizationMembership.updated': happen,
      'organizationMembership.deleted': happen,
    },
  })

export const configurations: Readonly<Record<OnDelete, RollcallConfig>> = {
  erase: configure('erase'),
  keep: configure('keep'),
}
