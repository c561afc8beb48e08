export const isHttpUrl = (value: string) => URL.canParse(value) && /^https?:$/.test(new URL(value).protocol)

/** A scheme and a host, as browsers name where a page is from. */
export const isOrigin = (value: string) => isHttpUrl(value) && /^[^/]+\/\/[^/?#]+\/?$/.test(value)

/** To which a secret key may be sent: over TLS, or on this machine; without what belongs to no such address. */
export function isApiUrl(value: string): boolean {
  if (!isHttpUrl(value)) return false
  const { protocol, hostname, username, password, search, hash } = new URL(value)
  const isSafe = protocol === 'https:' || ['localhost', '127.0.0.1', '[::1]'].includes(hostname)
  return isSafe && `${username}${password}${search}${hash}` === ''
}
