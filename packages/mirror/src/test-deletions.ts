import type { CatalogSettings } from '@rollcall/resources/catalog'
import type { Json } from '@rollcall/shared/json'
import { everything, keepingOf } from '@rollcall/testkit/catalog'
import { deliveryOf } from '@rollcall/testkit/deliveries'
import { type AnyEvent, bodyOf } from '@rollcall/testkit/lives'
import { createTestMirror, type TestMirror } from '@rollcall/testkit/mirror'
import { outcomesOf } from '@rollcall/testkit/outcomes'
import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach } from 'vitest'
import { applyBatch } from './apply.ts'

export const T0 = 1_764_000_000_000
export const DAY_MS = 86_400_000
export const ADDRESS = 'Ada@Example.com'

export const event = (type: string, id: string, at: number, data: AnyEvent['data'] = {}): AnyEvent => ({
  type,
  id,
  occurredAt: T0 + at,
  data,
})
export const user = (at = 0) =>
  event('user.created', 'user_ada', at, {
    updated_at: T0 + at,
    first_name: 'Ada',
    primary_email_address_id: 'idn_1',
    email_addresses: [{ id: 'idn_1', email_address: ADDRESS }],
  })
export const userDeleted = (at: number) => event('user.deleted', 'user_ada', at, { deleted: true })
export const organizationDeleted = (at: number) => event('organization.deleted', 'org_acme', at, { deleted: true })
export const membership = (at: number, over: AnyEvent['data'] = {}) =>
  event('organizationMembership.created', 'orgmem_1', at, {
    updated_at: T0 + at,
    organization: { id: 'org_acme' },
    public_user_data: { user_id: 'user_ada', identifier: ADDRESS },
    role: 'org:member',
    ...over,
  })
export const invitation = (at: number, over: AnyEvent['data'] = {}) =>
  event('organizationInvitation.created', 'orginv_1', at, {
    updated_at: T0 + at,
    organization_id: 'org_acme',
    email_address: 'grace@example.com',
    status: 'pending',
    ...over,
  })

/** The mirror under test, of which each describe has its own: what a deletion leaves is told by the catalog. */
export function useMirror(settings: CatalogSettings = {}) {
  let mirror: TestMirror
  beforeAll(async () => {
    mirror = await createTestMirror({ catalog: everything(settings) })
  })
  beforeEach(() => mirror.clear())
  afterAll(() => mirror[Symbol.asyncDispose]())
  return {
    clear: () => mirror.clear(),
    /** Each event a batch of its own, in this order. */
    async apply(...events: readonly AnyEvent[]): Promise<readonly string[]> {
      const outcomes: string[] = []
      for (const each of events) outcomes.push(...(await this.applyTogether(each)))
      return outcomes
    },
    async applyTogether(...events: readonly AnyEvent[]): Promise<readonly string[]> {
      const attempts = events.map((each) => ({ delivery: deliveryOf(bodyOf(each)), attempts: 1 }))
      return outcomesOf(await applyBatch(mirror, attempts, keepingOf(mirror.catalog)))
    },
    rows: async (table: string) =>
      (await sql<Record<string, Json>>`select * from ${sql.id('clerk', table)} order by id`.execute(mirror.db)).rows,
    columnsOf: (name: string) => Object.keys(mirror.catalog.mirroredNamed(name)!.columns),
  }
}
