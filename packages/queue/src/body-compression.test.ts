import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { compressSync } from 'lz4-napi'
import { expect, test } from 'vitest'
import { COMPRESSED, compressBody, decompressBody } from './body-compression.ts'

const folder = new URL('./body-dictionary/', import.meta.url)

/** Each dictionary that there ever was. Jobs that were compressed with it may be in the failed set for 90 days. */
const DICTIONARIES: Readonly<Record<string, string>> = {
  'lz4-1.txt': '2e7952eb907527a64d3ea9beedafc7088fd8158532f44cb1833edb96cac45566',
}

test('[Q41] a dictionary never changes, and none goes', () => {
  const found = readdirSync(folder).map((name) => {
    const text = readFileSync(new URL(name, folder))
    return [name, createHash('sha256').update(text).digest('hex')]
  })
  expect(Object.fromEntries(found)).toEqual(DICTIONARIES)
  expect(DICTIONARIES).toHaveProperty([`${COMPRESSED}.txt`])
})

test('[Q40] a body as Clerk sends it becomes less than half of what it was', () => {
  const fixture = new URL('../../resources/src/session/fixtures/session.created.json', import.meta.url)
  const body = Buffer.from(JSON.stringify(JSON.parse(readFileSync(fixture, 'utf8'))))
  expect(compressBody(body)!.length).toBeLessThan(body.length / 2)
})

test('[Q44] what would become more than any body is not unpacked', () => {
  const bomb = compressSync(Buffer.alloc(20_000_000))
  expect(() => decompressBody(bomb)).toThrow(/larger than/)
  const lying = Buffer.from(compressBody(Buffer.alloc(1_000, 'ab'))!)
  lying.writeUInt32LE(4_000_000_000)
  expect(() => decompressBody(lying)).toThrow(/larger than/)
  const largest = Buffer.alloc(1_048_576, 'ab')
  expect(decompressBody(compressBody(largest)!).equals(largest)).toBe(true)
})
