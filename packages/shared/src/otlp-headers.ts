/** What a header of HTTP may be called, and what it may hold. */
const NAME = /^[\w!#$%&'*+.^`|~-]+$/
const VALUE = /^[\t\x20-\x7e\x80-\xff]+$/

/** `key=value` pairs separated by commas, percent-encoded, as OpenTelemetry writes them; nothing where it is not that. */
export function otlpHeaders(text: string): Readonly<Record<string, string>> | undefined {
  try {
    const pairs = text.split(',').map((pair) => {
      const [name = '', ...value] = pair.split('=')
      return [decodeURIComponent(name.trim()), decodeURIComponent(value.join('=').trim())] as const
    })
    const isRight = pairs.every(([name, value]) => NAME.test(name) && VALUE.test(value))
    return isRight ? Object.fromEntries(pairs) : undefined
  } catch {
    return undefined // a percent sign that encodes nothing
  }
}
