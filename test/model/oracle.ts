import type { Json, JsonObject } from '@rollcall/shared/json'

/**
 * What the rows have to be, told from what was told, as SPEC.md has it (G1, V1, V3, V5, T2, T3, T4, T5, K2). By intent it shares no
 * line with the product: it looks at all that was ever told, not at the row that is there.
 */

export const TABLES = ['organization_memberships', 'organizations', 'users'] as const
export type Table = (typeof TABLES)[number]

/** Of each table the columns that the model changes. */
export const VALUES: Readonly<Record<Table, readonly string[]>> = {
  organization_memberships: ['organization_id', 'user_id', 'role'],
  organizations: ['name'],
  users: ['first_name'],
}

export type Values = Readonly<Record<string, Json>>

/** Something that was told of an entity: by a message, or by an answer of Clerk's. */
export interface Fact {
  readonly table: Table
  readonly id: string
  readonly isDeletion: boolean
  readonly version: number
  readonly occurredAt: number
  /** Nothing where no message told it. */
  readonly messageId: string | undefined
  /** Of a deletion nothing. */
  readonly values: Values | undefined
}

/** A row as it has to be. Times are in milliseconds. */
export interface ExpectedRow {
  readonly id: string
  readonly version: number
  readonly occurred_at: number
  readonly event_id: string | null
  readonly deleted_at: number | null
  /** The owners that it went with; nothing where it did not. */
  readonly deleted_with: readonly string[] | null
  readonly values: Values | null
}

export type OnDelete = 'erase' | 'keep'
export type ExpectedRows = Readonly<Record<Table, readonly ExpectedRow[]>>

export function expectedRows(facts: readonly Fact[], onDelete: OnDelete): ExpectedRows {
  const organizations = rowsOf('organizations', facts, onDelete)
  const users = rowsOf('users', facts, onDelete)
  const deletions = new Map([...organizations, ...users].map(({ id, deleted_at }) => [id, deleted_at] as const))
  const memberships = rowsOf('organization_memberships', facts, onDelete).map((row) =>
    row.deleted_at === null ? withOwners(row, deletions, onDelete) : row,
  )
  return { organizations, users, organization_memberships: memberships }
}

/** Each entity by itself. */
function rowsOf(table: Table, facts: readonly Fact[], onDelete: OnDelete): readonly ExpectedRow[] {
  const byId = Map.groupBy(
    facts.filter((fact) => fact.table === table),
    ({ id }) => id,
  )
  return [...byId]
    .map(([id, told]): ExpectedRow => {
      const values = greatest(told.filter((fact) => !fact.isDeletion))
      const deletion = greatest(told.filter((fact) => fact.isDeletion))
      const deleted_at = deletion?.occurredAt ?? null
      if (values && (!deletion || onDelete === 'keep')) {
        return { ...placeOf(values), id, deleted_at, deleted_with: null, values: values.values! }
      }
      const version = onDelete === 'keep' ? 0 : deletion!.version
      return { ...placeOf(deletion!), version, id, deleted_at, deleted_with: null, values: null }
    })
    .sort((one, other) => (one.id < other.id ? -1 : 1))
}

/** It goes with the first of its owners. */
function withOwners(row: ExpectedRow, deletions: ReadonlyMap<string, number | null>, onDelete: OnDelete): ExpectedRow {
  const owners = [row.values!.organization_id as string, row.values!.user_id as string]
  const times = owners.map((owner) => deletions.get(owner) ?? Number.POSITIVE_INFINITY)
  const first = Math.min(...times)
  if (first === Number.POSITIVE_INFINITY) return row
  return { ...row, deleted_at: first, deleted_with: owners, values: onDelete === 'erase' ? null : row.values }
}

const placeOf = ({ version, occurredAt, messageId }: Fact) => ({
  version,
  occurred_at: occurredAt,
  event_id: messageId ?? null,
})

const greatest = (facts: readonly Fact[]): Fact | undefined => facts.toSorted(byPlace).at(-1)

function byPlace(one: Fact, other: Fact): number {
  if (one.version !== other.version) return one.version - other.version
  if (one.occurredAt !== other.occurredAt) return one.occurredAt - other.occurredAt
  return Buffer.compare(Buffer.from(one.messageId ?? ''), Buffer.from(other.messageId ?? ''))
}

/**
 * Whether an answer of Clerk's is written at all: not where the row says the same, and not over one that is deleted [K2]. What
 * stands above it wins by its place.
 */
export function isNews(answer: Fact, row: ExpectedRow | undefined): boolean {
  if (!row) return true
  if (row.deleted_at !== null) return false
  if (row.version !== answer.version) return row.version < answer.version
  return VALUES[answer.table].some((column) => row.values![column] !== answer.values![column])
}

const TABLE_OF: Readonly<Record<string, Table>> = {
  user: 'users',
  organization: 'organizations',
  organizationMembership: 'organization_memberships',
}

/** What a body tells. A timestamp below 1e11 is in seconds [V4]. */
export function factOfBody(
  messageId: string,
  body: { readonly type: string; readonly timestamp: number; readonly data: JsonObject },
): Fact {
  const [subject, verb] = body.type.split('.') as [string, string]
  const table = TABLE_OF[subject]!
  const isDeletion = verb === 'deleted'
  const occurredAt = body.timestamp < 1e11 ? body.timestamp * 1_000 : body.timestamp
  const { updated_at } = body.data
  return {
    table,
    id: body.data.id as string,
    isDeletion,
    version: isDeletion || typeof updated_at !== 'number' ? occurredAt : updated_at,
    occurredAt,
    messageId,
    values: isDeletion ? undefined : valuesIn(table, body.data),
  }
}

/** What an answer tells that Clerk gave at this time. */
export const factOfAnswer = (table: Table, data: JsonObject, answeredAt: number): Fact => ({
  table,
  id: data.id as string,
  isDeletion: false,
  version: data.updated_at as number,
  occurredAt: answeredAt,
  messageId: undefined,
  values: valuesIn(table, data),
})

/** That Clerk has it no more, as it said at this time. */
export const factOfAbsence = (table: Table, id: string, answeredAt: number): Fact => ({
  table,
  id,
  isDeletion: true,
  version: answeredAt,
  occurredAt: answeredAt,
  messageId: undefined,
  values: undefined,
})

function valuesIn(table: Table, data: JsonObject): Values {
  if (table === 'users') return { first_name: data.first_name ?? null }
  if (table === 'organizations') return { name: data.name ?? null }
  const { organization, public_user_data } = data as Readonly<Record<string, JsonObject>>
  return { organization_id: organization!.id!, user_id: public_user_data!.user_id!, role: data.role ?? null }
}
