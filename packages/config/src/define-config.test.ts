import type { UserDeletedJSON, UserJSON } from '@clerk/backend'
import type { EventType } from '@rollcall/resources/event-types'
import { resources } from '@rollcall/resources/registry'
import type { Generated, Insertable, Selectable, Transaction } from 'kysely'
import { describe, expect, expectTypeOf, test } from 'vitest'
import { defineConfig, type RollcallConfig } from './define-config.ts'
import type { Database, Handler } from './handler.ts'
import type { FieldOf, ResourceName, ResourceNamed, RowOf } from './known-resources.ts'

/** `pnpm types` shows what is said here: these tests run so that they are listed, and hold because they compile. */
declare module './handler.ts' {
  interface Database {
    badges: { id: Generated<string>; clerk_id: string }
  }
}

type EventFor<Type extends EventType> = Parameters<Handler<Type>>[0]
type ContextFor<Type extends EventType> = Parameters<Handler<Type>>[1]
type RowFor<Type extends EventType> = NonNullable<ContextFor<Type>['row']>

describe('names', () => {
  test('[C7] resources, event types and fields are known by name', () => {
    type Resources = NonNullable<RollcallConfig['resources']>
    expectTypeOf<keyof Resources>().toEqualTypeOf<ResourceName>()
    expectTypeOf<'user' | 'organization_membership' | 'payment_attempt' | 'sms_message'>().toExtend<ResourceName>()
    expectTypeOf<string>().not.toExtend<ResourceName>()

    expectTypeOf<keyof NonNullable<RollcallConfig['handlers']>>().toEqualTypeOf<EventType>()

    type UserField = FieldOf<ResourceNamed<'user'>>
    expectTypeOf<'private_metadata' | 'phone_numbers' | 'passkeys'>().toExtend<UserField>()
    expectTypeOf<'subject'>().not.toExtend<UserField>()
    expectTypeOf<'subject' | 'body'>().toExtend<FieldOf<ResourceNamed<'email'>>>()
    expectTypeOf<string>().not.toExtend<UserField>()
  })

  test('[C7] a whole configuration compiles, and is what was given', () => {
    const config: RollcallConfig = {
      resources: {
        user: { omit: ['private_metadata', 'phone_numbers'], onDelete: 'keep' },
        session: true,
        role: false,
      },
      handlers: { 'user.created': async () => {} },
      eventBodies: 'all',
      retention: { eventDays: 120, bodyDays: 30 },
    }
    expect(defineConfig(config)).toBe(config)
  })

  test('[C7] a slip does not compile', () => {
    // @ts-expect-error: a section
    defineConfig({ handler: {} })
    // @ts-expect-error: a resource
    defineConfig({ resources: { users: true } })
    // @ts-expect-error: a resource's setting
    defineConfig({ resources: { user: { ondelete: 'keep' } } })
    // @ts-expect-error: what a deletion leaves
    defineConfig({ resources: { user: { onDelete: 'kept' } } })
    // @ts-expect-error: a field
    defineConfig({ resources: { user: { omit: ['firstName'] } } })
    // @ts-expect-error: a field, of another resource
    defineConfig({ resources: { user: { omit: ['subject'] } } })
    // @ts-expect-error: an event type
    defineConfig({ handlers: { 'user.create': async () => {} } })
    // @ts-expect-error: a handler that is none
    defineConfig({ handlers: { 'user.created': true } })
    // @ts-expect-error: how bodies are kept
    defineConfig({ eventBodies: 'al' })
    // @ts-expect-error: a time
    defineConfig({ retention: { days: 90 } })
    expect.assertions(0)
  })
})

describe('handlers', () => {
  test('[C7] an event is narrowed by its type, as Clerk types it', () => {
    expectTypeOf<EventFor<'user.created'>['type']>().toEqualTypeOf<'user.created'>()
    expectTypeOf<EventFor<'user.created'>['data']>().toEqualTypeOf<UserJSON>()
    expectTypeOf<EventFor<'user.updated'>['data']>().toEqualTypeOf<UserJSON>()
    expectTypeOf<EventFor<'user.deleted'>['data']>().toEqualTypeOf<UserDeletedJSON>()
    expectTypeOf<EventFor<'organizationMembership.deleted'>['data']['role']>().toEqualTypeOf<string>()
  })

  test('[C7] an event type that Clerk does not type has data of any kind', () => {
    expectTypeOf<EventFor<'session.pending'>['type']>().toEqualTypeOf<'session.pending'>()
    expectTypeOf<EventFor<'session.pending'>['data']>().toEqualTypeOf<Readonly<Record<string, unknown>>>()
    expectTypeOf<EventFor<'session.pending'>['timestamp']>().toEqualTypeOf<number>()
  })

  test('[C7] every event type has an event and a row, none of them of any type', () => {
    type WithoutEvent = { [Type in EventType]: EventFor<Type> extends { type: Type; data: object } ? never : Type }
    expectTypeOf<WithoutEvent[EventType]>().toEqualTypeOf<never>()
    type WithoutRow = { [Type in EventType]: [RowFor<Type>] extends [never] ? Type : never }
    expectTypeOf<WithoutRow[EventType]>().toEqualTypeOf<never>()
  })

  test('[C7] the row has the columns of its resource', () => {
    expectTypeOf<RowFor<'user.created'>>().toEqualTypeOf<RowOf<ResourceNamed<'user'>>>()
    expectTypeOf<RowFor<'user.created'>['id']>().toEqualTypeOf<string>()
    expectTypeOf<RowFor<'user.created'>['first_name']>().toEqualTypeOf<string | null>()
    expectTypeOf<RowFor<'user.created'>['banned']>().toEqualTypeOf<boolean | null>()
    expectTypeOf<RowFor<'user.created'>['created_at']>().toEqualTypeOf<Date | null>()
    expectTypeOf<RowFor<'user.created'>['deleted_at']>().toEqualTypeOf<Date | null>()
    expectTypeOf<RowFor<'paymentAttempt.updated'>['grand_total_amount']>().toEqualTypeOf<string | null>()
    expectTypeOf<RowFor<'organizationMembership.created'>['deleted_with']>().toEqualTypeOf<
      readonly string[] | null | undefined
    >()
    expectTypeOf<RowFor<'user.created'>>().not.toHaveProperty('organization_id')
    expectTypeOf<ContextFor<'user.created'>['row']>().toBeNullable()
  })

  test('[C7] a handler in a file of its own is typed by its event types', () => {
    const welcome: Handler<'user.created' | 'user.updated'> = async (event, { row }) => {
      expectTypeOf(event.type).toEqualTypeOf<'user.created' | 'user.updated'>()
      expectTypeOf(event.data).toEqualTypeOf<UserJSON>()
      expectTypeOf(row).toEqualTypeOf<RowOf<ResourceNamed<'user'>> | null>()
    }
    expect(defineConfig({ handlers: { 'user.created': welcome, 'user.updated': welcome } }).handlers).toBeDefined()
  })

  test('[C7] in a configuration nothing has to be annotated', () => {
    defineConfig({
      handlers: {
        async 'user.created'(event, { transaction, row, messageId, signal, log }) {
          expectTypeOf(event.data).toEqualTypeOf<UserJSON>()
          expectTypeOf(row!.username).toEqualTypeOf<string | null>()
          expectTypeOf(transaction).toEqualTypeOf<Transaction<Database>>()
          expectTypeOf(messageId).toEqualTypeOf<string>()
          expectTypeOf(signal).toEqualTypeOf<AbortSignal>()
          expectTypeOf(log.info).toBeCallableWith({ plan: 'pro' }, 'welcome.sent')
        },
      },
    })
    expect.assertions(0)
  })
})

describe('tables', () => {
  test("[C7] a handler's transaction knows the mirrored tables and those that are declared", () => {
    expectTypeOf<{ clerk_id: string }>().toExtend<Insertable<Database['badges']>>()
    expectTypeOf<{ clerk_id: number }>().not.toExtend<Insertable<Database['badges']>>()
    expectTypeOf<Selectable<Database['clerk.users']>['first_name']>().toEqualTypeOf<string | null>()
    expectTypeOf<Selectable<Database['clerk.subscription_items']>['amount' | 'currency']>().toEqualTypeOf<
      string | null
    >()
    expectTypeOf<'clerk.waitlist_entries' | 'clerk.sms_messages'>().toExtend<keyof Database>()
    expectTypeOf<'clerk.user'>().not.toExtend<keyof Database>()
  })

  test('[C7] tables are named as the types name them', () => {
    for (const { name, table } of resources)
      expect(table).toBe(name.endsWith('y') ? `${name.slice(0, -1)}ies` : `${name}s`)
  })

  test('[C7] the mirrored tables are to be read, not written', () => {
    expectTypeOf<keyof Insertable<Database['clerk.users']>>().toEqualTypeOf<never>()
  })
})
