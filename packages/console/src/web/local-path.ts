/** Where to go after signing in: a page of the console, whatever a link says. */
export function localPath(written: unknown): string {
  if (typeof written !== 'string' || !written.startsWith('/')) return '/'
  const base = 'http://console.invalid'
  if (!URL.canParse(written, base)) return '/'
  const url = new URL(written, base)
  return url.origin === base ? `${url.pathname}${url.search}` : '/'
}
