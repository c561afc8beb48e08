/**
 * Work of which one is enough at a time: whoever asks while it is under way shares its outcome. For questions to a
 * server that may be away, where askers would otherwise pile up.
 */
export function singleFlight<Value>(work: () => Promise<Value>): () => Promise<Value> {
  let underWay: Promise<Value> | undefined
  return () => {
    underWay ??= work().finally(() => {
      underWay = undefined
    })
    return underWay
  }
}
