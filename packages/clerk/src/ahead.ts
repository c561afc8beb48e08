/** The same values, each asked for while the one before is worked on. */
export async function* oneAhead<Value>(source: AsyncGenerator<Value>): AsyncGenerator<Value> {
  for (let next = source.next(); ; ) {
    const { value, done } = await next
    if (done) return
    next = source.next()
    // Whoever stops in between never looks at it.
    next.catch(() => undefined)
    yield value
  }
}
