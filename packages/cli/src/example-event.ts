import { readFile } from 'node:fs/promises'
import type { Resource } from '@rollcall/resources/define-resource'
import { isJsonObject, type Json, type JsonObject, parseJson } from '@rollcall/shared/json'
import { UsageError } from './command.ts'

/**
 * The example body of an event type, as if it happened now, with fields of its `data` changed as `path=value` says. A
 * value that is JSON is taken as JSON, anything else as text.
 */
export async function exampleEvent(
  resource: Resource,
  type: string,
  options: { id: string | undefined; changes: readonly string[]; now: number },
): Promise<JsonObject> {
  const example = JSON.parse(await readFile(new URL(`${type}.json`, resource.fixtures), 'utf8')) as JsonObject
  const data = example.data as JsonObject

  const current: JsonObject = {
    ...data,
    ...(options.id !== undefined && { id: options.id }),
    ...(resource.events[type] === 'upsert' && { updated_at: options.now }),
    ...(type.endsWith('.created') && { created_at: options.now }),
  }
  return { ...example, timestamp: options.now, data: options.changes.reduce(withChange, current) }
}

function withChange(data: JsonObject, change: string): JsonObject {
  const [, path, value] = /^([^=]+)=(.*)$/s.exec(change) ?? []
  if (path === undefined || value === undefined) throw new UsageError(`--set takes <path>=<value>, not \`${change}\`.`)
  const parsed = parseJson(value)
  return withValue(data, path.split('.'), parsed === undefined ? value : parsed)
}

function withValue(target: JsonObject, [field, ...rest]: readonly string[], value: Json): JsonObject {
  const inner = target[field!]
  return { ...target, [field!]: rest.length === 0 ? value : withValue(isJsonObject(inner) ? inner : {}, rest, value) }
}
