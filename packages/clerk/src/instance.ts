import type { Mirror } from '@rollcall/mirror/database'
import { instancesOfRows } from '@rollcall/mirror/instances-of-rows'
import { instancesSeen } from '@rollcall/mirror/instances-seen'
import type { Catalog } from '@rollcall/resources/catalog'
import { PipelineError } from '@rollcall/shared/errors'
import { isJsonObject } from '@rollcall/shared/json'
import type { BackendApi } from './backend-api.ts'

/** The Clerk instance of a secret key, as a mirror knows it. */
export interface Instance {
  readonly id: string
  /** Whether rows that tell of no instance are this one's: bodies from before 2025 did not. */
  readonly ownsUnnamedRows: boolean
}

/**
 * Whose key it is. One of another instance than the mirror's would fill it with strangers, and find all its rows gone:
 * it is `instance_refused` [K8].
 */
export async function identifyInstance(
  api: BackendApi,
  { db, schema }: Mirror,
  catalog: Catalog,
  allowed: readonly string[] | undefined,
): Promise<Instance> {
  const id = await instanceOfKey(api)
  if (allowed) {
    if (allowed.includes(id)) return { id, ownsUnnamedRows: true }
    throw refused(`CLERK_SECRET_KEY is of the instance ${id}, which CLERK_INSTANCE_ID does not name`)
  }
  const [ofEvents, ofRows] = await Promise.all([instancesSeen(db), instancesOfRows(db, schema, catalog)])
  const known = new Set([...ofEvents.keys(), ...ofRows])
  if (known.size === 0 || known.has(id)) return { id, ownsUnnamedRows: known.size === 1 }
  throw refused(`CLERK_SECRET_KEY is of the instance ${id}, and what is mirrored of ${[...known].join(', ')}`)
}

export async function instanceOfKey(api: BackendApi): Promise<string> {
  const { status, body } = await api.get('/instance')
  if (status === 200 && isJsonObject(body) && typeof body.id === 'string') return body.id
  throw new PipelineError(
    'clerk_refused',
    `Clerk's Backend API answers ${status} where the instance was asked for. Look at CLERK_API_URL, and upgrade Rollcall if it is an old one.`,
  )
}

const refused = (reason: string) =>
  new PipelineError(
    'instance_refused',
    `${reason}. Nothing was changed. Take the key of the instance that is mirrored; or, if this one belongs into the same schema, name both in CLERK_INSTANCE_ID.`,
  )
