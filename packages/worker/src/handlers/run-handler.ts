import type { Database, Handler, HandlerContext } from '@rollcall/config/handler'
import type { Mirror } from '@rollcall/mirror/database'
import { type DueEvent, lockEntity } from '@rollcall/mirror/handling'
import type { MirrorTables } from '@rollcall/mirror/tables'
import type { Catalog } from '@rollcall/resources/catalog'
import type { FreeLog, Logger } from '@rollcall/shared/log'
import { sql, type Transaction } from 'kysely'

/** The handler did not end in time. */
export class HandlerTimeout extends Error {
  override readonly name = 'HandlerTimeout'
}

/** The process stops, and the handler did not end soon enough for that. */
export class HandlerStopped extends Error {
  override readonly name = 'HandlerStopped'
}

/** After being told to stop, a handler has so long to end; within the 9 s that `rollcall start` has for everything. */
const STOP_GRACE_MS = 5_000

/**
 * Runs the handler of an event in the transaction that holds the event. Throws what the handler throws, `HandlerTimeout`,
 * or `HandlerStopped`; the transaction is to be rolled back then, which also ends what the handler still tries with it.
 */
export async function runHandler(options: {
  handler: Handler
  event: DueEvent
  transaction: Transaction<MirrorTables>
  mirror: Mirror
  catalog: Catalog
  timeoutMs: number
  stop: AbortSignal
  log: Logger
}): Promise<void> {
  const { event, transaction, mirror, timeoutMs } = options
  await sql`select set_config('statement_timeout', ${String(timeoutMs)}, true)`.execute(transaction)
  if (event.entity_id !== null) await lockEntity(transaction, mirror.schema, event.entity_id)

  const over = new AbortController()
  const context: HandlerContext<Readonly<Record<string, unknown>>> = {
    // The handler's tables are named as `search_path` finds them, not in the mirror's schema.
    transaction: transaction.withoutPlugins() as unknown as Transaction<Database>,
    row: await currentRow(transaction, mirror.schema, options.catalog, event),
    messageId: event.id,
    signal: AbortSignal.any([options.stop, over.signal]),
    log: handlerLog(options.log.child({ messageId: event.id, type: event.type })),
  }
  const end = deadline(timeoutMs, options.stop)
  try {
    // Not called directly: one that is not async may throw at once, and that is a failure like any other.
    await Promise.race([Promise.try(options.handler, event.body as never, context), end.reached])
  } finally {
    over.abort()
    end.clear()
  }
}

async function currentRow(
  transaction: Transaction<MirrorTables>,
  schema: string,
  catalog: Catalog,
  { resource, entity_id }: DueEvent,
): Promise<Readonly<Record<string, unknown>> | null> {
  const mirrored = catalog.mirroredNamed(resource ?? '')
  if (!mirrored) return null
  const { rows } = await sql<Readonly<Record<string, unknown>>>`
    select * from ${sql.id(schema, mirrored.table)} where id = ${entity_id}`.execute(transaction)
  return rows[0] ?? null
}

/** Rejects when the time is up, or some time after being told to stop. */
function deadline(timeoutMs: number, stop: AbortSignal): { readonly reached: Promise<never>; clear(): void } {
  const { promise, reject } = Promise.withResolvers<never>()
  promise.catch(() => undefined) // nobody listens any more once the handler has ended
  const timers = [setTimeout(() => reject(new HandlerTimeout(`it did not end within ${timeoutMs} ms`)), timeoutMs)]
  const onStop = () =>
    timers.push(setTimeout(() => reject(new HandlerStopped('the worker was told to stop')), STOP_GRACE_MS))
  if (stop.aborted) onStop()
  else stop.addEventListener('abort', onStop, { once: true })
  return {
    reached: promise,
    clear() {
      for (const timer of timers) clearTimeout(timer)
      stop.removeEventListener('abort', onStop)
    },
  }
}

const handlerLog = (log: FreeLog): HandlerContext<unknown>['log'] => ({
  info: (fields, name) => log.info(fields, name),
  warn: (fields, name) => log.warn(fields, name),
  error: (fields, name) => log.error(fields, name),
})
