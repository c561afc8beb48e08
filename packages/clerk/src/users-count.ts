import { PipelineError } from '@rollcall/shared/errors'
import { isJsonObject } from '@rollcall/shared/json'
import type { BackendApi } from './backend-api.ts'

/** How many users the instance has; of those only that were created between two times, where they are given. */
export async function countUsersAtClerk(
  api: BackendApi,
  created?: { readonly after: Date; readonly before: Date },
): Promise<number> {
  const { status, body } = await api.get(
    '/users/count',
    created && {
      created_at_after: String(created.after.getTime()),
      created_at_before: String(created.before.getTime()),
    },
  )
  if (status === 200 && isJsonObject(body) && typeof body.total_count === 'number') return body.total_count
  throw new PipelineError(
    'clerk_refused',
    `Clerk's Backend API answers ${status} where users were to be counted. Look at CLERK_API_URL, and upgrade Rollcall if it is an old one.`,
  )
}
