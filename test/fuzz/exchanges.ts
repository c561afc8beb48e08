import fc from 'fast-check'
import type { FuzzedBody } from './bodies.ts'
import { malformed } from './malformed.ts'
import { type Request, wellFormed, written } from './requests.ts'

/** What is written into one connection, and how that ends. */
export interface Exchange {
  readonly kind: string
  readonly pieces: readonly Buffer[]
  /** `asked`: by the receiver, for the last request says so. `half`: our half is closed. `reset`: cut off where it is. */
  readonly ending: 'asked' | 'half' | 'reset'
  /** Requests that have to be answered just so, in this order; nothing where that is left open. */
  readonly requests?: readonly Request[]
}

const LAST: Request = {
  kind: 'last',
  status: 200,
  bytes: written('GET /healthz HTTP/1.1', { connection: 'close' }, Buffer.alloc(0)),
}

/** Connections with one request and with many, good ones and bad ones, written at once and in pieces. */
export function exchanges(secret: string, bodies: fc.Arbitrary<FuzzedBody>): fc.Arbitrary<Exchange> {
  const requests = wellFormed(secret, bodies)
  const cuts = fc.array(fc.nat(2_000), { maxLength: 3 })

  const single = fc.tuple(requests, cuts).map(
    ([request, at]): Exchange => ({
      kind: request.kind,
      pieces: cut(Buffer.concat([request.bytes, LAST.bytes]), at),
      ending: 'asked',
      requests: [request, LAST],
    }),
  )
  const pipelined = fc.tuple(fc.array(requests, { minLength: 2, maxLength: 12 }), cuts).map(
    ([several, at]): Exchange => ({
      kind: 'pipelined',
      pieces: cut(Buffer.concat([...several, LAST].map(({ bytes }) => bytes)), at),
      ending: 'asked',
      requests: [...several, LAST],
    }),
  )
  const bad = fc.tuple(malformed, cuts, fc.constantFrom('asked', 'asked', 'half', 'reset')).map(
    ([{ kind, bytes }, at, ending]): Exchange => ({
      kind,
      pieces: cut(Buffer.concat([bytes, LAST.bytes]), at),
      ending,
    }),
  )
  const badAmongGood = fc
    .tuple(fc.array(requests, { minLength: 1, maxLength: 3 }), malformed, fc.array(requests, { maxLength: 3 }))
    .map(
      ([before, { bytes }, after]): Exchange => ({
        kind: 'bad among good',
        pieces: [
          Buffer.concat([...before.map((each) => each.bytes), bytes, ...after.map((each) => each.bytes), LAST.bytes]),
        ],
        ending: 'asked',
      }),
    )
  const broken = fc.tuple(requests, fc.nat(3_000), fc.constantFrom('half', 'reset')).map(
    ([{ bytes }, at, ending]): Exchange => ({
      kind: ending === 'half' ? 'broken off' : 'reset',
      pieces: [bytes.subarray(0, at % bytes.length)],
      ending,
    }),
  )

  return fc.oneof(
    { weight: 30, arbitrary: single },
    { weight: 12, arbitrary: pipelined },
    { weight: 40, arbitrary: bad },
    { weight: 6, arbitrary: badAmongGood },
    { weight: 12, arbitrary: broken },
  )
}

function cut(bytes: Buffer, places: readonly number[]): readonly Buffer[] {
  const at = [0, ...places.map((place) => place % bytes.length).toSorted((a, b) => a - b), bytes.length]
  return at
    .slice(1)
    .map((end, i) => bytes.subarray(at[i], end))
    .filter((piece) => piece.length > 0)
}
