import { isIPv6 } from 'node:net'

/** People mistype a few times; who tries more waits a minute, which makes guessing hopeless. */
const MOST_FAILURES = 5
const FORGOTTEN_AFTER_MS = 60_000

/** Addresses that are remembered at a time; beyond, the oldest are forgotten first. */
const MOST_ADDRESSES = 10_000

/** Counts failed sign-ins by address, so that nobody guesses fast [X5]. */
export interface FailedAttempts {
  /** In how many seconds this address may try again; 0 if now. */
  waitSeconds(address: string | undefined): number
  add(address: string | undefined): void
}

export function countFailedAttempts(now: () => number): FailedAttempts {
  const failures = new Map<string, readonly number[]>()

  const recent = (network: string): readonly number[] =>
    (failures.get(network) ?? []).filter((at) => at > now() - FORGOTTEN_AFTER_MS)

  return {
    waitSeconds(address) {
      const known = recent(networkOf(address))
      if (known.length < MOST_FAILURES) return 0
      return Math.ceil((known.at(-MOST_FAILURES)! + FORGOTTEN_AFTER_MS - now()) / 1_000)
    },
    add(address) {
      const network = networkOf(address)
      const known = [...recent(network), now()].slice(-MOST_FAILURES)
      failures.delete(network)
      failures.set(network, known)
      if (failures.size > MOST_ADDRESSES) failures.delete(failures.keys().next().value!)
    },
  }
}

/** Who has one IPv6 address has its whole network of 64 bits. */
function networkOf(address = 'unknown'): string {
  if (!isIPv6(address) || address.startsWith('::ffff:')) return address
  const [head = '', tail] = address.split('::')
  const groups = head.split(':').filter(Boolean)
  const filled = tail === undefined ? groups : [...groups, ...Array(Math.max(0, 4 - groups.length)).fill('0')]
  return filled.slice(0, 4).join(':')
}
