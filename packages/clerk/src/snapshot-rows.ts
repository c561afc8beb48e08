import type { MirroredResource } from '@rollcall/resources/catalog'
import type { Omissions } from '@rollcall/resources/define-resource'
import type { Row } from '@rollcall/resources/row'
import { idIn } from '@rollcall/shared/envelope'
import { type PipelineError, toPipelineError } from '@rollcall/shared/errors'
import type { Page } from './read-list.ts'

/** An entity that cannot be mirrored, and why. */
export interface Failure {
  readonly id: string | null
  readonly error: PipelineError
}

/** The rows that a page of Clerk's answers tells of, and those entities of which none can be made. */
export function snapshotRows(
  resource: MirroredResource,
  { entities, readAt }: Pick<Page, 'entities' | 'readAt'>,
  instanceId: string,
  omissions: Omissions,
): { readonly rows: readonly Row[]; readonly failed: readonly Failure[] } {
  const rows: Row[] = []
  const failed: Failure[] = []
  for (const data of entities) {
    try {
      rows.push(resource.snapshotRow({ data, readAt, instanceId }, omissions))
    } catch (thrown) {
      const error = toPipelineError(thrown)
      if (error.disposition !== 'fail') throw error
      failed.push({ id: idIn(data), error })
    }
  }
  return { rows, failed }
}
