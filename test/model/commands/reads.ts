import { type BackendApi, openBackendApi } from '@rollcall/clerk/backend-api'
import { backfill } from '@rollcall/clerk/backfill'
import { reconcile } from '@rollcall/clerk/reconcile'
import { fromPostgres } from '@rollcall/mirror/postgres-errors'
import { startBackendApi } from '@rollcall/testkit/clerk/backend-api'
import { until } from '@rollcall/testkit/wait'
import fc from 'fast-check'
import { expect } from 'vitest'
import { expectAgreement, expectClerk } from '../agreement.ts'
import type { History } from '../history.ts'
import type { Installation } from '../installation.ts'
import { expectedRows, type Fact, factOfAbsence, factOfAnswer, isNews, TABLES, type Table } from '../oracle.ts'
import { type Change, change, makeChange } from './at-clerk.ts'
import { deliver, picks, takePending } from './deliveries.ts'
import { type Command, step } from './step.ts'

/** What happens between Clerk's answer and its writing, so that the answer is old by then. */
interface Meanwhile {
  readonly changes: readonly Change[]
  readonly which: readonly number[]
}

const meanwhile: fc.Arbitrary<Meanwhile> = fc.record({ changes: fc.array(change, { maxLength: 2 }), which: picks })

async function happenMeanwhile(
  history: History,
  installation: Installation,
  { changes, which }: Meanwhile,
): Promise<void> {
  for (const each of changes) makeChange(history, each)
  const messages = takePending(history, which)
  if (messages.length === 0) return
  await deliver(history, installation, messages)
  await expectAgreement(history, installation)
}

/** The lists by their paths. */
const TABLE_OF_LIST: Readonly<Record<string, Table>> = {
  '/organization_memberships': 'organization_memberships',
  '/organizations': 'organizations',
  '/users': 'users',
}

const at = ({ clerk }: History) => ({
  organization_memberships: clerk.memberships,
  organizations: clerk.organizations,
  users: clerk.users,
})

/** Clerk tells its time by the second. */
const answeredAt = (history: History): number => Math.floor(history.now() / 1_000) * 1_000

/** Clerk's Backend API. Once a list is answered, and before anybody has seen the answer, the model is told of it. */
async function openApi(history: History, onListed: (table: Table, answer: readonly Fact[]) => Promise<void>) {
  const server = await startBackendApi(history.clerk, { rateLimit: { requests: 100_000, windowMs: 1_000 } })
  const stop = new AbortController()
  const { url, secretKey } = server
  const api = openBackendApi({
    url,
    secretKey,
    rate: { requests: 1_000, windowMs: 1 },
    stop: stop.signal,
    retryPauseMs: 1,
  })
  const get: BackendApi['get'] = async (path, query) => {
    const answer = await api.get(path, query)
    const table = TABLE_OF_LIST[path]
    if (table) {
      const time = answeredAt(history)
      await onListed(
        table,
        at(history)
          [table].all()
          .map((data) => factOfAnswer(table, data, time)),
      )
    }
    return answer
  }
  return { get, [Symbol.asyncDispose]: server.close }
}

function note(history: History, answers: readonly Fact[]): void {
  const rows = expectedRows(history.facts, history.onDelete)
  history.facts.push(
    ...answers.filter((answer) =>
      isNews(
        answer,
        rows[answer.table].find(({ id }) => id === answer.id),
      ),
    ),
  )
}

const INSTANCE = { id: 'ins_test', ownsUnnamedRows: true }

const QUIET = { began() {}, progressed() {}, failed() {} }

const RESOURCE_OF = {
  organization_memberships: 'organization_membership',
  organizations: 'organization',
  users: 'user',
}

/** A list is read, a page of it, and something may happen before it is written. */
export const backfills: fc.Arbitrary<Command> = fc
  .tuple(fc.constantFrom(...TABLES), fc.option(meanwhile))
  .map(([table, between]) =>
    step('backfill a page', { table, between }, async (history, installation) => {
      const { catalog } = installation.mirror
      await using api = await openApi(history, async (_table, answers) => {
        if (between) await happenMeanwhile(history, installation, between)
        note(history, answers)
      })
      const resources = [catalog.mirroredNamed(RESOURCE_OF[table])!]
      const { mirror } = installation.commands
      await backfill({ mirror, catalog, api, instance: INSTANCE, resources, restart: true, watch: QUIET })
    }),
  )

interface GoneRow {
  readonly table: Table
  readonly id: string
  readonly answeredAt: number
}

/** Rows that are there, which neither the list has nor Clerk when it is asked for each; those that it has are told of again. */
function noteUnlisted(history: History, table: Table, listed: readonly Fact[]): readonly GoneRow[] {
  const known = new Set(listed.map(({ id }) => id))
  const alive = expectedRows(history.facts, history.onDelete)[table].filter(({ deleted_at }) => deleted_at === null)
  const unlisted = alive.filter(({ id }) => !known.has(id))
  const time = answeredAt(history)
  const found = unlisted.flatMap(({ id }) => at(history)[table].get(id) ?? [])
  note(
    history,
    found.map((data) => factOfAnswer(table, data, time)),
  )
  const isFound = new Set(found.map(({ id }) => id))
  return unlisted.filter(({ id }) => !isFound.has(id)).map(({ id }) => ({ table, id, answeredAt: time }))
}

/** Those of them that no event has deleted by then; owners last. */
function noteGone(history: History, gone: readonly GoneRow[]): void {
  for (const table of TABLES) {
    const rows = expectedRows(history.facts, history.onDelete)[table]
    const isAlive = (id: string) => rows.some((row) => row.id === id && row.deleted_at === null)
    for (const row of gone) {
      if (row.table === table && isAlive(row.id)) history.facts.push(factOfAbsence(table, row.id, row.answeredAt))
    }
  }
}

interface Reconciling {
  /** Something that happens before one list is written, and before what is gone is deleted. */
  readonly between: (Meanwhile & { readonly table: Table }) | null
  readonly before: Meanwhile | null
  /** Whether one was cut before, of which nobody knows how far it came. */
  readonly isAgain: boolean
}

async function reconcileOnce(history: History, installation: Installation, plan: Reconciling): Promise<void> {
  let gone: GoneRow[] = []
  await using api = await openApi(history, async (table, answers) => {
    if (plan.between?.table === table) await happenMeanwhile(history, installation, plan.between)
    note(history, answers)
    gone.push(...noteUnlisted(history, table, answers))
  })
  await reconcile({
    mirror: installation.commands.mirror,
    catalog: installation.mirror.catalog,
    api,
    instance: INSTANCE,
    dryRun: false,
    startedBy: 'command',
    settleMs: 1,
    removeFailed: (ids) => installation.commands.queue.removeFailed(ids),
    watch: {
      progressed() {},
      async waiting(rows) {
        if (!plan.isAgain) expect(rows, 'the rows that Clerk no longer has').toBe(gone.length)
        if (plan.before) await happenMeanwhile(history, installation, plan.before)
        noteGone(history, gone)
        gone = []
      },
    },
    stop: new AbortController().signal,
  })
  expect(gone).toEqual([])
}

const changesClerk = (meanwhile: Meanwhile | null): boolean => (meanwhile?.changes.length ?? 0) > 0

export const reconciles: fc.Arbitrary<Command> = fc
  .record({
    between: fc.option(fc.tuple(fc.constantFrom(...TABLES), meanwhile).map(([table, each]) => ({ table, ...each }))),
    before: fc.option(meanwhile),
    isAgain: fc.constant(false),
  })
  .map((plan) =>
    step('reconcile', plan, async (history, installation) => {
      await reconcileOnce(history, installation, plan)
      const isAsOfNow = !changesClerk(plan.between) && !changesClerk(plan.before)
      if (history.isTrue && isAsOfNow) await expectClerk(history, installation)
    }),
  )

/** A connection ends in the middle of it; it is run again until it comes to its end. Clerk's clock stands still meanwhile. */
export const cutReconciles: fc.Arbitrary<Command> = fc
  .tuple(fc.integer({ min: 1, max: 30 }), fc.constantFrom('before', 'after'))
  .map(([statement, moment]) =>
    step('reconcile, and cut a connection', { statement, moment }, async (history, installation) => {
      void installation.cutter.arm({ statement, moment, effect: 'cut' })
      let isAgain = false
      async function attempt(): Promise<{ readonly error?: unknown } | undefined> {
        try {
          await reconcileOnce(history, installation, { between: null, before: null, isAgain })
          return {}
        } catch (error) {
          isAgain = true
          // The lock of the one before is held until Postgres has noticed that its connection has ended.
          const { code } = fromPostgres(error)
          return code === 'database_unavailable' || code === 'run_under_way' ? undefined : { error }
        }
      }
      const { error } = await until(attempt, { timeoutMs: 60_000, what: 'a reconcile comes to its end' })
      if (error) throw error
      if (history.isTrue) await expectClerk(history, installation)
    }),
  )
