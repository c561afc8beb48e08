/**
 * Has work done on bodies while those in hand have fewer characters than may be; the next wait in the order in which they
 * came [W24].
 */
export type LimitBodies = <Item, Result>(
  unpack: () => Item,
  lengthOf: (item: Item) => number,
  work: (item: Item) => Promise<Result>,
) => Promise<Result>

/**
 * A body takes many times its length once it is understood and made into rows, and may be 250 times as long as it was on the
 * queue: so it is unpacked only when it is let in.
 */
export function limitBodies(most: number): LimitBodies {
  const waiting: (() => void)[] = []
  let held = 0
  const letIn = () => {
    if (held < most) waiting.shift()?.()
  }
  return async (unpack, lengthOf, work) => {
    // Without a turn of the loop where there is room, so that what came together stays together [B1].
    if (held >= most || waiting.length > 0) await new Promise<void>((resolve) => waiting.push(resolve))
    const item = unpack()
    const length = lengthOf(item)
    held += length
    letIn()
    try {
      return await work(item)
    } finally {
      held -= length
      letIn()
    }
  }
}
