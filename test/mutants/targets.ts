/** Files of which every comparison is changed, and the tests that ought to notice: first those that are about the file. */
export interface Target {
  readonly files: readonly string[]
  readonly tests: readonly string[]
}

const MIRROR = 'packages/mirror/src'

export const TARGETS: readonly Target[] = [
  {
    // The guard, in both its languages.
    files: [
      'packages/resources/src/standing.ts',
      'packages/resources/src/row.ts',
      `${MIRROR}/guarded-upsert.ts`,
      `${MIRROR}/row-columns.ts`,
      `${MIRROR}/fold.ts`,
      `${MIRROR}/keeping-upsert.ts`,
      `${MIRROR}/write-rows.ts`,
    ],
    tests: [
      `${MIRROR}/guarded-upsert.test.ts`,
      `${MIRROR}/keeping-upsert.test.ts`,
      `${MIRROR}/keeping.test.ts`,
      `${MIRROR}/deletions.test.ts`,
      `${MIRROR}/apply.test.ts`,
    ],
  },
  {
    files: [
      `${MIRROR}/commit.ts`,
      `${MIRROR}/ledger.ts`,
      `${MIRROR}/count-duplicates.ts`,
      `${MIRROR}/standing-rows.ts`,
    ],
    tests: [`${MIRROR}/apply.test.ts`, `${MIRROR}/replayed.test.ts`, `${MIRROR}/erasure.test.ts`],
  },
  {
    files: [
      `${MIRROR}/requested-row.ts`,
      `${MIRROR}/gone.ts`,
      `${MIRROR}/consequences.ts`,
      `${MIRROR}/go-with-owners.ts`,
    ],
    tests: [`${MIRROR}/deletions.test.ts`, `${MIRROR}/keeping.test.ts`, `${MIRROR}/erasure.test.ts`],
  },
  {
    files: [`${MIRROR}/compare-rows.ts`],
    tests: [`${MIRROR}/snapshots.test.ts`, 'packages/clerk/src/reconcile.test.ts'],
  },
  {
    files: ['packages/receiver/src/verify.ts'],
    tests: ['packages/receiver/src/verify.test.ts', 'packages/receiver/src/verify.conformance.test.ts'],
  },
]

/** Asked about what the tests above did not notice. */
export const FURTHER_TESTS: readonly string[] = [
  `${MIRROR}/snapshots.test.ts`,
  `${MIRROR}/erasure.test.ts`,
  `${MIRROR}/deletions.test.ts`,
  `${MIRROR}/omissions.test.ts`,
  'packages/worker/src/handlers/handlers.test.ts',
  'test/convergence.test.ts',
  'test/convergence-of-deletions.test.ts',
]
