import type { JsonObject } from '@rollcall/shared/json'

/** What an instance keeps of one object. All else of its JSON is made when somebody asks, so that very many cost little. */
export interface Entry<Links> {
  readonly id: string
  /** How many were added before it. */
  readonly ordinal: number
  /** In milliseconds, as is `updated_at`. */
  readonly created_at: number
  readonly updated_at: number
  /** What the test said of it, in place of what an object has by default. */
  readonly fields: JsonObject
  /** What its JSON is made from but does not show as it is: ids of other objects. */
  readonly links: Links
}

export type NewEntry<Links> = Omit<Entry<Links>, 'ordinal'>

/** Entries in the order in which they were added, which is that of `created_at`. */
export interface Collection<Links> {
  readonly size: number
  get(id: string): Entry<Links> | undefined
  add(entry: NewEntry<Links>): Entry<Links>
  replace(entry: Entry<Links>): void
  remove(id: string): void
  /** From the oldest on, or from the newest back; without those up to and including the one with this ordinal. */
  scan(options?: { readonly newestFirst?: boolean; readonly afterOrdinal?: number | undefined }): Iterable<Entry<Links>>
}

export function createCollection<Links>(): Collection<Links> {
  const entries: (Entry<Links> | undefined)[] = [] // by ordinal; what was removed leaves its place empty
  const ordinals = new Map<string, number>()

  const get = (id: string) => {
    const ordinal = ordinals.get(id)
    return ordinal === undefined ? undefined : entries[ordinal]
  }

  return {
    get size() {
      return ordinals.size
    },
    get,
    add(entry) {
      const added = { ...entry, ordinal: entries.length }
      ordinals.set(entry.id, added.ordinal)
      entries.push(added)
      return added
    },
    replace(entry) {
      entries[entry.ordinal] = entry
    },
    remove(id) {
      const ordinal = ordinals.get(id)
      if (ordinal === undefined) return
      entries[ordinal] = undefined
      ordinals.delete(id)
    },
    *scan({ newestFirst = false, afterOrdinal } = {}) {
      const step = newestFirst ? -1 : 1
      const first = newestFirst ? entries.length - 1 : 0
      for (let i = afterOrdinal === undefined ? first : afterOrdinal + step; i >= 0 && i < entries.length; i += step) {
        const entry = entries[i]
        if (entry) yield entry
      }
    },
  }
}
