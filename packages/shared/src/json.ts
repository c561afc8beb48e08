/** What `JSON.parse` can return. */
export type Json = string | number | boolean | null | readonly Json[] | JsonObject

export interface JsonObject {
  readonly [key: string]: Json | undefined
}

export const isJsonObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The JSON value of a text, or nothing where it is not JSON. */
export function parseJson(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

/**
 * Whether objects and arrays lie in each other more than so many levels deep. It looks no deeper than that, because what it
 * guards (`JSON.stringify`, Postgres's own parser) recurses and gives up on a megabyte of `[`; `JSON.parse` does not recurse.
 */
export function nestsDeeperThan(value: Json | undefined, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  if (levels === 0) return true
  for (const inner of Object.values(value)) {
    // Asked here as well: most values are none, and a call for each takes four times as long.
    if (typeof inner === 'object' && inner !== null && nestsDeeperThan(inner, levels - 1)) return true
  }
  return false
}
