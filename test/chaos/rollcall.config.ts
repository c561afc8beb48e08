import { defineConfig } from '@rollcall/config/define-config'
import type { HandlerContext } from '@rollcall/config/handler'
import { sql } from 'kysely'

/** As seldom as no handler fails ten times. Whether one does changes nothing of what must come of it, so no seed decides it. */
const FAILS_SHARE = 0.02

/**
 * Writes down that it has run, in its transaction and in a table that takes any number of such lines. Now and then it fails
 * after it has written, so that there is something to be rolled back.
 */
async function leaveEffect(
  event: { readonly type: string },
  { transaction, messageId }: Pick<HandlerContext<unknown>, 'transaction' | 'messageId'>,
): Promise<void> {
  await sql`insert into public.effects (message_id, type) values (${messageId}, ${event.type})`.execute(transaction)
  if (Math.random() < FAILS_SHARE) throw new Error('it fails now and then')
}

export default defineConfig({
  handlers: {
    'user.created': leaveEffect,
    'user.updated': leaveEffect,
    'user.deleted': leaveEffect,
    'organization.created': leaveEffect,
    'organization.updated': leaveEffect,
    'organization.deleted': leaveEffect,
    'organizationMembership.created': leaveEffect,
    'organizationMembership.updated': leaveEffect,
    'organizationMembership.deleted': leaveEffect,
  },
})
