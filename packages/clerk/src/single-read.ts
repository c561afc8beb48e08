import { isJsonObject, type Json, type JsonObject } from '@rollcall/shared/json'
import { type Answer, type BackendApi, errorCode } from './backend-api.ts'

/** What Clerk says of one entity. `unknown`: it cannot be asked for it, or does not say. */
export type Sighting =
  | { readonly kind: 'present'; readonly data: JsonObject; readonly readAt: number }
  | { readonly kind: 'absent'; readonly readAt: number }
  | { readonly kind: 'unknown' }

/** How Clerk is asked for one entity: by a path of its own, or by a short list in which it would be. */
interface Question {
  readonly path: string
  readonly query?: Readonly<Record<string, string>>
  readonly isList?: boolean
  /** The organization without which there is neither, so that its absence is an answer for all of it. */
  readonly organizationId?: string
}

type Columns = Readonly<Record<string, string | null>>

interface SingleRead {
  /** The columns of a row that the question is made of, besides the id. Of a row that lacks one Clerk cannot be asked. */
  readonly columns: readonly string[]
  readonly ask: (id: string, columns: Readonly<Record<string, string>>) => Question
}

const byId =
  (path: string): SingleRead['ask'] =>
  (id) => ({ path: `${path}/${encodeURIComponent(id)}` })

/** Longer than any of these lists gets; where it is full after all, nobody knows what is behind it. */
const LONGEST = 500

/** By resource. Of what is not here (subscription items) Clerk cannot be asked one by one. */
const SINGLE_READS: Readonly<Record<string, SingleRead>> = {
  user: { columns: [], ask: byId('/users') },
  organization: {
    columns: [],
    ask: (id) => ({ ...byId('/organizations')(id, {}), query: { include_members_count: 'true' } }),
  },
  role: { columns: [], ask: byId('/organization_roles') },
  permission: { columns: [], ask: byId('/organization_permissions') },
  organization_invitation: {
    columns: ['organization_id'],
    ask: (id, { organization_id = '' }) => ({
      path: `/organizations/${encodeURIComponent(organization_id)}/invitations/${encodeURIComponent(id)}`,
      organizationId: organization_id,
    }),
  },
  organization_membership: {
    columns: ['organization_id', 'user_id'],
    ask: (_id, { organization_id = '', user_id = '' }) => ({
      path: `/organizations/${encodeURIComponent(organization_id)}/memberships`,
      query: { user_id },
      isList: true,
      organizationId: organization_id,
    }),
  },
  organization_domain: {
    columns: ['organization_id'],
    ask: (_id, { organization_id = '' }) => ({
      path: '/organization_domains',
      query: { organization_id },
      isList: true,
    }),
  },
  waitlist_entry: {
    columns: ['email_address'],
    ask: (_id, { email_address = '' }) => ({
      path: '/waitlist_entries',
      query: { query: email_address },
      isList: true,
    }),
  },
}

/** The columns that a single read of this resource needs; nothing where there is no such read. */
export const columnsToAskBy = (resource: string): readonly string[] | undefined => SINGLE_READS[resource]?.columns

/**
 * Asks Clerk for single entities. That one is absent is said by a 404 that names it, or by a whole list without it: a
 * word of Clerk's own, and not a page's edge or a proxy's error [K13].
 */
export function createSingleReads(
  api: BackendApi,
): (resource: string, row: { readonly id: string } & Columns) => Promise<Sighting> {
  /** When each was found to be no more: the rest of what was in it needs no question of its own. */
  const absentOrganizations = new Map<string, number>()

  return async (resource, row) => {
    const read = SINGLE_READS[resource]
    const columns = Object.fromEntries((read?.columns ?? []).map((column) => [column, row[column] ?? '']))
    if (!read || Object.values(columns).includes('')) return { kind: 'unknown' }
    const { path, query, isList, organizationId } = read.ask(row.id, columns)
    const absentSince = organizationId === undefined ? undefined : absentOrganizations.get(organizationId)
    if (absentSince !== undefined) return { kind: 'absent', readAt: absentSince }

    const answer = await api.get(path, { ...query, ...(isList && { limit: String(LONGEST) }) })
    if (answer.status === 404 && errorCode(answer.body) === 'resource_not_found') {
      if (isList && organizationId !== undefined) absentOrganizations.set(organizationId, answer.readAt)
      return { kind: 'absent', readAt: answer.readAt }
    }
    if (answer.status !== 200) return { kind: 'unknown' }
    return isList ? sightingIn(answer, row.id) : entityIn(answer, row.id)
  }
}

function entityIn({ body, readAt }: Answer, id: string): Sighting {
  return isJsonObject(body) && body.id === id ? { kind: 'present', data: body, readAt } : { kind: 'unknown' }
}

function sightingIn({ body, readAt }: Answer, id: string): Sighting {
  const list: Json | undefined = isJsonObject(body) ? body.data : body
  if (!Array.isArray(list)) return { kind: 'unknown' }
  const found = (list as readonly Json[]).find((entity) => isJsonObject(entity) && entity.id === id)
  if (isJsonObject(found)) return { kind: 'present', data: found, readAt }
  return list.length < LONGEST ? { kind: 'absent', readAt } : { kind: 'unknown' }
}
