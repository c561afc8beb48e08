import { readdir, readFile } from 'node:fs/promises'
import type { Catalog, MirroredResource } from '@rollcall/resources/catalog'
import type { ColumnType } from '@rollcall/resources/column'

export interface MirroredColumn {
  readonly name: string
  readonly type: ColumnType | 'text[]'
  readonly isNullable: boolean
  readonly isPrimaryKey: boolean
  /** Whether Postgres puts the time into it where nothing else is said. */
  readonly isNowByDefault: boolean
  readonly comment: string
}

/** A table that the catalog's resources are mirrored into, with its columns in their order. */
export interface MirroredTable {
  readonly resource: string
  readonly name: string
  readonly comment: string
  readonly columns: readonly MirroredColumn[]
}

export const mirroredTables = (catalog: Catalog): Promise<readonly MirroredTable[]> =>
  Promise.all(catalog.mirrored.map(mirroredTable))

async function mirroredTable(resource: MirroredResource): Promise<MirroredTable> {
  const { table } = resource
  const comments = await commentsIn(resource.migrations)
  return {
    resource: resource.name,
    name: table,
    comment: comments.get(table) ?? '',
    columns: columnsOf(resource).map((column) => ({
      ...column,
      comment: comments.get(`${table}.${column.name}`) ?? '',
    })),
  }
}

/** As migrations make them: the id, what is the resource's own, and what every mirrored table has. */
function columnsOf(resource: MirroredResource): readonly Omit<MirroredColumn, 'comment'>[] {
  const own = Object.entries(resource.columns).map(([name, { type }]) => column(name, type))
  const goesWithOwners = Object.keys(resource.owners).length > 0
  return [
    { ...column('id', 'text'), isPrimaryKey: true, isNullable: false },
    ...own,
    column('data', 'jsonb'),
    column('instance_id', 'text'),
    { ...column('version', 'bigint'), isNullable: false },
    { ...column('occurred_at', 'timestamp with time zone'), isNullable: false },
    column('deleted_at', 'timestamp with time zone'),
    ...(goesWithOwners ? [column('deleted_with', 'text[]')] : []),
    { ...column('synced_at', 'timestamp with time zone'), isNullable: false, isNowByDefault: true },
    column('event_id', 'text'),
  ]
}

const column = (name: string, type: MirroredColumn['type']) => ({
  name,
  type,
  isNullable: true,
  isPrimaryKey: false,
  isNowByDefault: false,
})

const COMMENT = /^comment on (?:table|column) ([\w.]+) is '((?:[^']|'')*)';$/gm

/** What migrations say in `comment on`, by `table` and `table.column`; of several the last, as in the database. */
async function commentsIn(folder: URL): Promise<ReadonlyMap<string, string>> {
  const files = (await readdir(folder)).filter((file) => file.endsWith('.sql')).sort()
  const texts = await Promise.all(files.map((file) => readFile(new URL(file, folder), 'utf8')))
  return new Map(
    texts.flatMap((text) =>
      [...text.matchAll(COMMENT)].map(([, what, comment]) => [what!, comment!.replaceAll("''", "'")] as const),
    ),
  )
}
