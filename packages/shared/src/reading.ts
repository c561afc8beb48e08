/** Something that is read now and then, and told as long as it is fresh. */
export interface Reading<Value> {
  /** What was read last; nothing where that is too long ago, or never was. */
  fresh(): Value | undefined
  set(value: Value, freshForMs: number): void
}

/** What nobody could renew in its time is not told any more [Z2]. `now` in milliseconds of a clock that never jumps. */
export function createReading<Value>(now: () => number): Reading<Value> {
  let read: { readonly value: Value; readonly until: number } | undefined
  return {
    fresh: () => (read && now() <= read.until ? read.value : undefined),
    set(value, freshForMs) {
      read = { value, until: now() + freshForMs }
    },
  }
}
