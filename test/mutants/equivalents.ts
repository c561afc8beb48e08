/** A mutant that does what the program does, so that no test can tell the two apart; and why. */
export interface Equivalent {
  readonly file: string
  readonly becomes: string
  readonly because: string
}

const MIRROR = 'packages/mirror/src'

/** Few, and each has to be found: one that no longer exists is an error. */
export const EQUIVALENTS: readonly Equivalent[] = [
  {
    file: 'packages/resources/src/standing.ts',
    becomes: 'if (value !== current[i]) return value >= current[i]!',
    because: 'What is compared is known to differ.',
  },
  {
    file: `${MIRROR}/row-columns.ts`,
    becomes: 'if (copies.size !== 0) return toStorableJson(rows)',
    because: 'More is sent than is read: it costs time only.',
  },
  {
    file: `${MIRROR}/row-columns.ts`,
    becomes: 'const sent = rows.map((row) => Object.fromEntries(Object.entries(row)))',
    because: 'More is sent than is read: it costs time only.',
  },
  {
    file: `${MIRROR}/fold.ts`,
    becomes: 'const deletions = new Map(fold(rows).map((row) => [row.id, row]))',
    because:
      'Where there is a deletion it wins over values; where there is none, what stands in its place has no `deleted_at`.',
  },
  {
    file: `${MIRROR}/keeping-upsert.ts`,
    becomes: 'if (values) return { ...values, deleted_at: (deletion?.deleted_at) }',
    because: 'What JSON leaves out is null to Postgres.',
  },
  {
    file: `${MIRROR}/commit.ts`,
    becomes: 'const bodied = fresh.map(({ entry }) => entry)',
    because: 'What has no body has none to be erased, and what waits for its handler is spared by `eraseBodies`.',
  },
  {
    file: `${MIRROR}/commit.ts`,
    becomes:
      'const bodied = fresh.map(({ entry }) => entry).filter(({ body, handling }) => body !== null || handling === null)',
    because: 'What has no body has none to be erased, and what waits for its handler is spared by `eraseBodies`.',
  },
  {
    file: `${MIRROR}/commit.ts`,
    becomes: 'asking,',
    because: 'Only of rows that were not written is asked where they stand: the rest costs time only.',
  },
  {
    file: `${MIRROR}/gone.ts`,
    becomes: 'erasedUsers: erasesUsers ? rows.map((row) => row.id) : [],',
    because: 'Where users are named no id of an organization stands.',
  },
  {
    file: `${MIRROR}/consequences.ts`,
    becomes: 'const named = written',
    because: 'The row of a deletion names nobody.',
  },
  {
    file: `${MIRROR}/consequences.ts`,
    becomes: 'if (users.length >= 0) {',
    because: 'Of nobody nothing is erased: it costs time only.',
  },
  {
    file: `${MIRROR}/consequences.ts`,
    becomes: 'entries.flatMap((entry) => (entry.user_ids)),',
    because: 'A null among ids is no id.',
  },
  {
    file: `${MIRROR}/consequences.ts`,
    becomes: 'for (const [name, ofResource] of Map.groupBy(entries, (entry) => (entry.resource))) {',
    because: 'No resource is called null.',
  },
  {
    file: `${MIRROR}/standing-rows.ts`,
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the text of a program.
    becomes: 'return ({ resource, row }) => (found.get(`${resource.table} ${row.id}`))',
    because: 'What JSON leaves out is null to Postgres.',
  },
  {
    file: `${MIRROR}/go-with-owners.ts`,
    becomes: 'return parts.length === 0 ? sql`true` : sql.join(parts, sql` or `)',
    because: 'No owner is held by more than one column.',
  },
  {
    file: `${MIRROR}/compare-rows.ts`,
    becomes: 'const kept = resource.withheld.map((column) => [column, (row[column] ?? held[column])])',
    because: 'What JSON leaves out is null to Postgres.',
  },
  {
    file: `${MIRROR}/gone.ts`,
    becomes: 'if (ids.length === 0 && tables.length === 0) return { owners: [], erasedUsers: [] }',
    because: 'Of no ids, and of no tables, there are no rows: it costs time only.',
  },
]
