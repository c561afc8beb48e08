import type { IncomingMessage } from 'node:http'
import { BlockList, isIP } from 'node:net'
import type { AddressRange } from '@rollcall/shared/allowed-sources'

/** Why a request is not let in for where it comes from. */
export type SourceRefusal = 'source_not_allowed' | 'source_hidden'

/** What is wrong with where a request comes from, if anything is. */
export type JudgeSource = (request: IncomingMessage, senderAddress: string | undefined) => SourceRefusal | undefined

/** Nobody comes from there over the internet: it is a proxy of one's own. */
const INNER_NETWORKS: readonly AddressRange[] = [
  ...(['10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12', '192.168.0.0/16'] as const),
  ...(['::1/128', 'fc00::/7', 'fe80::/10'] as const),
].map((range) => {
  const [address, bits] = range.split('/') as [string, string]
  return { address, bits: Number(bits), family: address.includes(':') ? 'ipv6' : 'ipv4' }
})

/**
 * Lets in who comes from an allowed address, by what `TRUST_PROXY` lets be told of it [R30]. Tells those apart whose address
 * stands for somebody else's: of an inner network, or with an allowed one in an `X-Forwarded-For` that is not believed. There a
 * proxy is missing in `TRUST_PROXY`, and as long as it is, nothing of Svix's comes in [R31].
 */
export function createJudgeSource(allowed: readonly AddressRange[]): JudgeSource {
  const isAllowed = membership(allowed)
  const isInner = membership(INNER_NETWORKS)
  return (request, senderAddress) => {
    if (senderAddress !== undefined && isAllowed(senderAddress)) return undefined
    const claimed = String(request.headers['x-forwarded-for'] ?? '').split(/\s*,\s*/)
    const isHidden = senderAddress === undefined || isInner(senderAddress) || claimed.some(isAllowed)
    return isHidden ? 'source_hidden' : 'source_not_allowed'
  }
}

/** IPv4 written as IPv6 (`::ffff:203.0.113.7`), as sockets for both tell it, is the IPv4 that it is. */
function membership(ranges: readonly AddressRange[]): (address: string) => boolean {
  const list = new BlockList()
  for (const { address, bits, family } of ranges) list.addSubnet(address, bits, family)
  return (address) => isIP(address) !== 0 && list.check(address, isIP(address) === 4 ? 'ipv4' : 'ipv6')
}
