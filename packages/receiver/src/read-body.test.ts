import type { IncomingMessage } from 'node:http'
import { PassThrough } from 'node:stream'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createBodyReader, type ReadBody } from './read-body.ts'

/** A request of which only the body is used. */
const open = (readBody: ReadBody) => {
  const request = new PassThrough()
  return { request, body: readBody(request as unknown as IncomingMessage) }
}

const turn = () => new Promise(setImmediate)

test('[R6] a body is the same in whatever pieces it comes', async () => {
  const pieces = fc.array(fc.uint8Array({ maxLength: 40_000, size: 'max' }), { maxLength: 12, size: 'max' })
  await fc.assert(
    fc.asyncProperty(pieces, async (parts) => {
      const { request, body } = open(createBodyReader(1_000_000))
      for (const part of parts) request.write(part)
      request.end()
      expect(Buffer.concat([(await body) as Buffer]).equals(Buffer.concat(parts))).toBe(true)
    }),
    { numRuns: 50 },
  )
})

test('[R22] a megabyte in pieces of a byte is a megabyte in memory', async () => {
  const { request, body } = open(createBodyReader(1_048_576))
  const before = process.memoryUsage()
  for (let i = 0; i < 1_000_000; i += 1) request.emit('data', Buffer.from([i]))
  const after = process.memoryUsage()
  request.emit('end')

  expect(((await body) as Buffer).equals(Buffer.from(Array.from({ length: 1_000_000 }, (_, i) => i & 255)))).toBe(true)
  // What has not been collected yet counts as well: as a list of pieces it was 300 MB that could not be.
  expect((after.rss - before.rss) / 1e6).toBeLessThan(150)
})

test('[R22] where unfinished bodies hold too much, the one that has been coming for longest is given up', async () => {
  const readBody = createBodyReader(1_000, 2_500)
  const slow = Array.from({ length: 3 }, () => open(readBody))
  for (const { request } of slow) request.write(Buffer.alloc(800))
  await turn()
  const quick = open(readBody)
  quick.request.end(Buffer.alloc(300))

  expect(await slow[0]!.body).toBe('bodies_too_many')
  expect(((await quick.body) as Buffer).length).toBe(300)
  for (const { request } of slow) request.end(Buffer.alloc(100))
  expect(((await slow[1]!.body) as Buffer).length).toBe(900)
  expect(((await slow[2]!.body) as Buffer).length).toBe(900)
})

test('[R22] what bodies held is free again, however they ended', async () => {
  const readBody = createBodyReader(1_000, 2_500)
  for (let i = 0; i < 10; i += 1) {
    const [whole, large, gone] = [open(readBody), open(readBody), open(readBody)]
    whole.request.end(Buffer.alloc(900))
    large.request.end(Buffer.alloc(1_001))
    gone.request.write(Buffer.alloc(900))
    await turn()
    gone.request.destroy()
    expect(((await whole.body) as Buffer).length).toBe(900)
    expect([await large.body, await gone.body]).toEqual(['body_too_large', 'body_unreadable'])
  }
})
