import type { Column, ColumnValues } from '@rollcall/resources/column'
import type { resources } from '@rollcall/resources/registry'

/** Any of the resources of the registry, with its own name, columns and event types. */
export type KnownResource = (typeof resources)[number]

export type ResourceName = KnownResource['name']

export type ResourceNamed<Name extends ResourceName> = Extract<KnownResource, { readonly name: Name }>

/** The names that can be left out of a resource: its columns, and the fields that have none. */
export type FieldOf<Known extends KnownResource> = Known extends KnownResource
  ? (keyof Known['columns'] & string) | Known['otherFields'][number]
  : never

/** The resource that an event type belongs to. */
export type ResourceOfEvent<Type extends string> = KnownResource extends infer Known
  ? Known extends KnownResource
    ? Type extends keyof Known['events']
      ? Known
      : never
    : never
  : never

/** The name of a resource's table, which the registry knows as a mere text: its own name, in the plural. */
export type TableNamed<Name extends ResourceName> = Name extends `${infer Stem}y` ? `${Stem}ies` : `${Name}s`

/** A row of a mirrored table, as a query answers it. Any column may be null: of a deleted row, and where Clerk says nothing. */
export type RowOf<Known extends KnownResource> = Known extends KnownResource
  ? Readonly<
      {
        id: string
        data: unknown
        instance_id: string | null
        /** Milliseconds; `pg` answers a `bigint` as text. */
        version: string
        occurred_at: Date
        deleted_at: Date | null
        /** Where rows of the table go with an owner: the owners that this one went with. */
        deleted_with?: readonly string[] | null
        synced_at: Date
        event_id: string | null
      } & { [Name in keyof Known['columns']]: ValueOf<Known['columns'][Name]> | null }
    >
  : never

type ValueOf<Known> = Known extends Column<infer Type> ? ColumnValues[Type] : never
