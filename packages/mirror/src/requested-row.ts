import type { MirroredResource } from '@rollcall/resources/catalog'
import type { Row } from '@rollcall/resources/row'

/** A row that somebody asks for: an event, or a snapshot of the entity. */
export interface RequestedRow {
  readonly resource: MirroredResource
  readonly row: Row
}

export const isDeletion = ({ row }: RequestedRow): boolean => row.deleted_at !== null
