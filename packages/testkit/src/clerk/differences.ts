import type { Mirror } from '@rollcall/mirror/database'
import type { Catalog, MirroredResource } from '@rollcall/resources/catalog'
import { toStorableJson } from '@rollcall/resources/storable'
import { sql } from 'kysely'
import type { ClerkInstance } from './instance.ts'
import type { ClerkObject } from './resource.ts'

/** Few enough to be one parameter of a query. */
const AT_A_TIME = 5_000

/**
 * The ids of the rows in which a mirror differs from an instance, each behind its table: that are missing, that should not
 * be there, or in which a column says something else. All columns are looked at but those that move without a word, and
 * those that the instance cannot tell.
 */
export async function differences(
  mirror: Mirror,
  catalog: Catalog,
  instance: ClerkInstance,
): Promise<readonly string[]> {
  const found: string[] = []
  for (const resource of catalog.mirrored) {
    const objects = objectsOf(instance)[resource.name]?.()
    if (objects) found.push(...(await differencesOf(mirror, resource, objects, instance.id)))
  }
  return found
}

async function differencesOf(
  { db, schema }: Mirror,
  resource: MirroredResource,
  objects: readonly ClerkObject[],
  instanceId: string,
): Promise<readonly string[]> {
  const table = sql.id(schema, resource.table)
  const columns = ['version', ...Object.keys(resource.columns)].filter(
    (column) => !resource.untold.includes(column) && !resource.withheld.includes(column),
  )
  const of = (row: string) => sql`(${sql.join(columns.map((column) => sql.id(row, column)))})`
  const found: string[] = []
  for (let from = 0; from < objects.length; from += AT_A_TIME) {
    const expected = objects
      .slice(from, from + AT_A_TIME)
      .map((data) => resource.snapshotRow({ data, readAt: data.updated_at, instanceId }))
    const { rows } = await sql<{ id: string }>`
      select expected.id
      from jsonb_populate_recordset(null::${table}, ${toStorableJson(expected)}::jsonb) as expected
      left join ${table} as actual on actual.id = expected.id and actual.deleted_at is null
      where actual.id is null or ${of('expected')} is distinct from ${of('actual')}`.execute(db)
    found.push(...rows.map(({ id }) => id))
  }
  const { rows: strangers } = await sql<{ id: string }>`
    select id from ${table} where deleted_at is null and not id = any(${objects.map(({ id }) => id)})`.execute(db)
  found.push(...strangers.map(({ id }) => id))
  return found.map((id) => `${resource.table} ${id}`)
}

/** What an instance holds, by resource. */
const objectsOf = (instance: ClerkInstance): Readonly<Record<string, () => readonly ClerkObject[]>> => ({
  user: instance.users.all,
  organization: instance.organizations.all,
  organization_membership: instance.memberships.all,
  organization_invitation: instance.invitations.all,
  organization_domain: instance.domains.all,
  role: instance.roles.all,
  permission: instance.permissions.all,
  waitlist_entry: instance.waitlist.all,
  subscription_item: instance.subscriptionItems.all,
})
