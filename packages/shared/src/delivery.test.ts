import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bodyText, packBody } from './delivery.ts'

const bytes = fc.uint8Array({ maxLength: 200 }).map((some) => Buffer.from(some))
const text = fc.string({ unit: 'binary', maxLength: 200 }).map((some) => Buffer.from(some))

describe('packBody', () => {
  test('[R6] any bytes come back from the queue as they were', () => {
    fc.assert(
      fc.property(fc.oneof(bytes, text), (raw) => {
        const { body, encoding } = JSON.parse(JSON.stringify(packBody(raw)))
        expect(Buffer.from(body, encoding).equals(raw)).toBe(true)
      }),
      { numRuns: 2_000 },
    )
  })

  test('[R6] what travels can be kept by Postgres: no U+0000, no lone surrogate', () => {
    fc.assert(
      fc.property(fc.oneof(bytes, text), (raw) => {
        const { body } = packBody(raw)
        expect(body.includes('\u0000')).toBe(false)
        expect(body.isWellFormed()).toBe(true)
      }),
      { numRuns: 2_000 },
    )
  })

  test('[R6] text stays readable in the queue', () => {
    expect(packBody(Buffer.from('{"name":"李"}'))).toEqual({ body: '{"name":"李"}', encoding: 'utf8' })
  })
})

describe('bodyText', () => {
  test('[R6] is the text over which a signature is checked, whichever way it travelled', () => {
    fc.assert(
      fc.property(fc.oneof(bytes, text), (raw) => {
        expect(bodyText(packBody(raw))).toBe(new TextDecoder().decode(raw))
      }),
      { numRuns: 2_000 },
    )
  })
})
