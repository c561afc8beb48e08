import { listMigrations } from '@rollcall/mirror/migrations'
import { views } from '@rollcall/mirror/views'
import { createCatalog } from '@rollcall/resources/catalog'
import { resources } from '@rollcall/resources/registry'
import { type Relation, relationsOf } from './relations.ts'

/** What the columns mean that every mirrored table has; each table's own comments say the same of its entity. */
const COMMON = {
  data: ['jsonb', 'The entity as Clerk sent it, less what is left out. Null once deleted and erased.'],
  instance_id: ['text', 'The Clerk instance that it belongs to.'],
  version: [
    'bigint',
    'Milliseconds; with `deleted_at`, `occurred_at` and `event_id` it decides [which event is newer](ordering.md).',
  ],
  occurred_at: ['timestamptz', 'When the event that wrote this row happened at Clerk.'],
  deleted_at: ['timestamptz', 'When it was deleted at Clerk, or went with its owner. Nothing revives a deleted row.'],
  deleted_with: [
    'text[]',
    'The ids of the owners that the row went with; in tables whose rows go with a user or an organization.',
  ],
  synced_at: ['timestamptz', 'When this row was last written here.'],
  event_id: ['text', 'The event that wrote this row: `webhook_events.id`. Null where a backfill or reconcile did.'],
} as const

/** The page on tables, in Markdown: the comments that the database has. */
export async function tablesPage(): Promise<string> {
  const everything = createCatalog(resources, Object.fromEntries(resources.map(({ name }) => [name, {}])))
  const relations = relationsOf((await listMigrations(everything)).map(({ sql }) => sql))
  const tables = resources.map(({ table }) => table)
  const viewNames = views.map(({ name }) => name)
  const others = [...relations.keys()].filter((name) => !tables.includes(name) && !viewNames.includes(name))
  const told = (names: readonly string[], withCommon: boolean) =>
    names.flatMap((name) => relationPage(name, relations.get(name)!, withCommon))
  return [
    '# Tables',
    '',
    '<!-- Written by `pnpm docs`. Change the comments, by a migration, or docs/tables-page.ts instead. -->',
    '',
    "All of them are in the schema `clerk`, unless `DATABASE_SCHEMA` says otherwise. They are Rollcall's to write and yours to read. Columns",
    "have the names of Clerk's fields, and each says in the database what it is: `\\d+ clerk.users`. Ids are Clerk's own. Times are",
    '`timestamptz`, amounts of money whole numbers in the smallest unit of their currency. There are no foreign keys and no unique constraints but',
    'the primary keys: [why](decisions.md#no-foreign-keys-between-mirrored-tables).',
    '',
    '[Shaping the mirror](shaping.md) decides which of them there are. Versions only add to them: [upgrading](upgrading.md) says how.',
    '',
    '## What every mirrored table has',
    '',
    '| column | type | meaning |',
    '| --- | --- | --- |',
    ...Object.entries(COMMON).map(([name, [type, meaning]]) => `| \`${name}\` | ${type} | ${meaning} |`),
    '',
    '## Mirrored tables',
    ...told(tables, false),
    '',
    '## Views',
    ...told(viewNames, true),
    '',
    '## What Rollcall keeps beside them',
    ...told(others, true),
    '',
  ].join('\n')
}

function relationPage(name: string, { comment, columns }: Relation, withCommon: boolean): readonly string[] {
  const shown = withCommon ? columns : columns.filter(({ name }) => !(name in COMMON))
  return [
    '',
    `### ${name}`,
    '',
    comment,
    ...(shown.length === 0 ? [] : ['', '| column | type | meaning |', '| --- | --- | --- |']),
    ...shown.map((column) => `| \`${column.name}\` | ${column.type} | ${column.comment} |`),
  ]
}
