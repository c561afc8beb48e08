import type { IncomingMessage } from 'node:http'
import { isIP } from 'node:net'
import proxyAddr from 'proxy-addr'

/** Names and addresses of proxies, a number of them, or all and none: Express's own notation. */
export type TrustProxy = string | number | boolean

/** Whose a request is, by what proxies say of it that are trusted [R10]. */
export function createSenderAddress(trustProxy: TrustProxy): (request: IncomingMessage) => string | undefined {
  const trusts = trustOf(trustProxy)
  return (request) => {
    const address = proxyAddr(request, trusts)
    // What a proxy passes on as an address may be any text that its own sender wrote [L2].
    return isIP(address) === 0 ? undefined : address
  }
}

function trustOf(trustProxy: TrustProxy): (address: string, hop: number) => boolean {
  switch (typeof trustProxy) {
    case 'boolean':
      return () => trustProxy
    case 'number':
      return (_address, hop) => hop < trustProxy
    case 'string':
      return proxyAddr.compile(trustProxy.split(/\s*,\s*/))
  }
}
