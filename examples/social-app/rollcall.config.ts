import { defineConfig } from '@rollcall/config/define-config'
import type { Handler } from '@rollcall/config/handler'
import type { ColumnType, Generated } from 'kysely'
import { signUpAnswers } from './sign-up-answers.ts'

/** The tables of the app that handlers write. */
declare module '@rollcall/config/handler' {
  interface Database {
    user_profiles: {
      id: Generated<string>
      clerk_id: string
      /** `pg` answers a `Date`, and takes `2001-02-03`. */
      birthday: ColumnType<Date | null, string | null>
      country: string | null
      bio: string | null
    }
  }
}

/**
 * Makes sure that a user has a profile, with what the sign-up form asked; what the profile says already stays as it is.
 * It may be called for these two events in either order, for a user who has changed since, or who is gone: so it does
 * what the row says, which is the user as of now, and not what the event says.
 */
const ensureProfile: Handler<'user.created' | 'user.updated'> = async (_event, { transaction, row }) => {
  if (row === null || row.deleted_at !== null) return
  await transaction
    .insertInto('user_profiles')
    .values({ clerk_id: row.id, ...signUpAnswers(row.unsafe_metadata) })
    .onConflict((conflict) =>
      conflict.column('clerk_id').doUpdateSet(({ fn }) => ({
        birthday: fn.coalesce('user_profiles.birthday', 'excluded.birthday'),
        country: fn.coalesce('user_profiles.country', 'excluded.country'),
      })),
    )
    .execute()
}

/** Rollcall erases what it mirrors; what the app knows about the user is for the app to erase. */
const removeProfile: Handler<'user.deleted'> = async (_event, { transaction, row }) => {
  if (row === null) return
  await transaction.deleteFrom('user_profiles').where('clerk_id', '=', row.id).execute()
}

export default defineConfig({
  resources: {
    // What the app has no use for is best not kept at all.
    user: { omit: ['phone_numbers', 'private_metadata', 'external_accounts'] },
  },
  handlers: {
    'user.created': ensureProfile,
    'user.updated': ensureProfile,
    'user.deleted': removeProfile,
  },
})
