import type { Deletion } from '@rollcall/resources/catalog'
import { everything } from '@rollcall/testkit/catalog'
import { type AnyEvent, anyEventsOfSeveral, bodyOf, society } from '@rollcall/testkit/lives'
import { createTestMirror, type TestMirror } from '@rollcall/testkit/mirror'
import { runSeed } from '@rollcall/testkit/seed'
import fc from 'fast-check'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { applyPlan, deliveryPlan, type Plan } from './delivery-plan.ts'

/** Seeds of the past, kept because each once found something, or stands for the shape of history in its comment. */
const PINNED_SEEDS = [
  7, // memberships that change hands while their owners go
  20_261_124, // owners that are deleted twice, at different times
]

const TABLES = ['users', 'organizations', 'organization_memberships', 'organization_invitations', 'subscriptions']

const all = (onDelete: Deletion) =>
  everything({
    user: { onDelete },
    organization: { onDelete },
    organization_membership: { onDelete },
    organization_invitation: { onDelete },
  })

describe.each(['erase', 'keep'] as const)('convergence of deletions that %s', (onDelete) => {
  let mirror: TestMirror
  beforeAll(async () => {
    mirror = await createTestMirror({ catalog: all(onDelete) })
  })
  afterAll(() => mirror[Symbol.asyncDispose]())

  const rowsOf = async (table: string) =>
    (
      await sql<Record<string, unknown>>`
        select *, null as synced_at, deleted_at is not null as deleted
        from ${sql.id('clerk', table)} order by id`.execute(mirror.db)
    ).rows

  async function tablesAfter(plan: Plan, writers: number) {
    await applyPlan(mirror, plan, writers)
    return Promise.all(TABLES.map(rowsOf))
  }

  for (const seed of [...PINNED_SEEDS, runSeed()]) {
    test(`[G1] [T3] [T4] [T5] any order, repetition and batching of any events of several entities ends in the same rows (seed ${seed})`, async () => {
      await fc.assert(
        fc.asyncProperty(anyEventsOfSeveral.chain(twoPlans), async ([one, other]) => {
          expect(await tablesAfter(one, 1)).toEqual(await tablesAfter(other, 3))
        }),
        { seed, numRuns: 20 },
      )
    })

    test(`[G1] [T1] [T3] true histories of users, organizations and memberships end in what happened last (seed ${seed})`, async () => {
      const told = society.chain((history) => planOf(history.events).map((plan) => [history, plan] as const))
      await fc.assert(
        fc.asyncProperty(told, async ([history, plan]) => {
          const [users, organizations, memberships] = await tablesAfter(plan, 2)
          const idsAnd = (rows: readonly Record<string, unknown>[], name: string) =>
            rows.map(({ id, deleted, ...row }) => ({ id, deleted, ...(name !== '' && { [name]: row[name] }) }))
          expect(idsAnd(users!, '')).toEqual(history.users)
          expect(idsAnd(organizations!, '')).toEqual(history.organizations)
          const roles = onDelete === 'erase' ? 'role' : ''
          expect(idsAnd(memberships!, roles)).toEqual(
            history.memberships.map(({ role, ...row }) => (roles ? { ...row, role } : row)),
          )
        }),
        { seed, numRuns: 10 },
      )
    })
  }
})

const planOf = (events: readonly AnyEvent[]) => deliveryPlan(events.map(bodyOf))
const twoPlans = (events: readonly AnyEvent[]) => fc.tuple(planOf(events), planOf(events))
