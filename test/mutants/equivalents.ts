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
]
