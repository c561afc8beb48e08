import { isIP } from 'node:net'

/** What Express takes as the name of a range of addresses. */
const PROXY_RANGES = ['loopback', 'linklocal', 'uniquelocal']

/** Express's `trust proxy`: it wants `true` and a number of hops as such, and throws at addresses that are none. */
export const trustProxy = (value: string): string | number | boolean =>
  value === 'true' || value === 'false' ? value === 'true' : /^\d+$/.test(value) ? Number(value) : value

export const isTrustProxy = (value: string): boolean =>
  typeof trustProxy(value) !== 'string' || value.split(',').every(isProxy)

function isProxy(written: string): boolean {
  const [address = '', bits, ...more] = written.trim().split('/')
  const version = isIP(address)
  if (version === 0 || more.length > 0) return PROXY_RANGES.includes(written.trim())
  const isPrefix = bits === undefined || (/^[1-9]\d*$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128))
  return isPrefix || (version === 4 && isIP(bits) === 4)
}
