import { expect, test } from 'vitest'
import { limitBodies } from './limit-bodies.ts'

const turn = () => new Promise(setImmediate)

/** Works that say when they begin, and end when they are told to. */
function works(most: number) {
  const limited = limitBodies(most)
  const begun: string[] = []
  const ends = new Map<string, PromiseWithResolvers<string>>()
  const start = (name: string, length: number) =>
    limited(
      () => name,
      () => length,
      (item) => {
        begun.push(item)
        const ending = Promise.withResolvers<string>()
        ends.set(item, ending)
        return ending.promise
      },
    )
  return { begun, ends, start }
}

test('[W24] bodies are let in while those in hand have less than may be, and in the order in which they came', async () => {
  const { begun, ends, start } = works(10)
  const results = Promise.allSettled([start('a', 6), start('b', 6), start('c', 1), start('d', 100), start('e', 1)])
  expect(begun).toEqual(['a', 'b']) // at once, for what came together stays together

  ends.get('a')!.resolve('a ended')
  await turn()
  expect(begun).toEqual(['a', 'b', 'c', 'd'])
  ends.get('d')!.reject(new Error('d failed'))
  await turn()
  expect(begun).toEqual(['a', 'b', 'c', 'd', 'e'])

  for (const name of ['b', 'c', 'e']) ends.get(name)!.resolve(`${name} ended`)
  expect(await results).toMatchObject([
    { value: 'a ended' },
    { value: 'b ended' },
    { value: 'c ended' },
    { reason: new Error('d failed') },
    { value: 'e ended' },
  ])
})

test('[W24] many that are let in one by one all have their turn', async () => {
  const limited = limitBodies(1)
  const one = (i: number) =>
    limited(
      () => i,
      () => 5,
      async (item) => item,
    )
  expect(await Promise.all(Array.from({ length: 1_000 }, (_, i) => one(i)))).toHaveLength(1_000)
})
