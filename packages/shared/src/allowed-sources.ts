import { isIP } from 'node:net'
import { SVIX_ADDRESSES } from './svix-addresses.ts'

/** Addresses that have their first bits in common; one alone has all of them. */
export interface AddressRange {
  readonly address: string
  readonly bits: number
  readonly family: 'ipv4' | 'ipv6'
}

/** What `ALLOWED_SOURCES` names: `svix`, addresses and ranges. Nothing where a word is none of these. */
export function allowedSources(words: readonly string[]): readonly AddressRange[] | undefined {
  const ranges = words.flatMap((word) => (word === 'svix' ? SVIX_ADDRESSES : [word])).map(addressRange)
  return ranges.every((range) => range !== undefined) ? ranges : undefined
}

function addressRange(written: string): AddressRange | undefined {
  const [address = '', bits, ...more] = written.split('/')
  const version = isIP(address)
  const all = version === 4 ? 32 : 128
  // A range of no bits would let everybody in, which is what leaving the variable out says.
  const isPrefix = bits === undefined || (/^[1-9]\d*$/.test(bits) && Number(bits) <= all)
  if (version === 0 || more.length > 0 || !isPrefix) return undefined
  return { address, bits: bits === undefined ? all : Number(bits), family: version === 4 ? 'ipv4' : 'ipv6' }
}
