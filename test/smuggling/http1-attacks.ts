/** Requests of HTTP/1 that two readers may take for different ones, by the name of the trick; `inner` is what one of them is to see. */
export function http1Attacks(inner: string): Readonly<Record<string, string>> {
  return {
    ...framings(inner),
    ...obfuscations(inner),
    ...lengths(inner),
    ...chunks(inner),
    ...unreadBodies(inner),
    ...requestLines(inner),
  }
}

const POST = ['POST /api/webhooks HTTP/1.1', 'Host: x', 'Content-Type: application/json']
const request = (lines: readonly string[], body: string) => `${lines.join('\r\n')}\r\n\r\n${body}`
const chunk = (text: string) => `${text.length.toString(16)}\r\n${text}\r\n`
const END = '0\r\n\r\n'

/** Both a length and chunks: who goes by which? */
const framings = (inner: string) => ({
  'CL.TE': request([...POST, `Content-Length: ${`${END}${inner}`.length}`, 'Transfer-Encoding: chunked'], END + inner),
  'CL.TE, the other way round': request(
    [...POST, 'Transfer-Encoding: chunked', `Content-Length: ${`${END}${inner}`.length}`],
    END + inner,
  ),
  'TE.CL': request([...POST, 'Content-Length: 4', 'Transfer-Encoding: chunked'], chunk(inner) + END),
  'TE.0': request([...POST, 'Content-Length: 0', 'Transfer-Encoding: chunked'], chunk(inner) + END),
  'TE in HTTP/1.0': request(
    [
      'POST /api/webhooks HTTP/1.0',
      'Connection: keep-alive',
      `Content-Length: ${END.length}`,
      'Transfer-Encoding: chunked',
    ],
    END + inner,
  ),
  'a length that the connection is told to forget': request(
    [...POST, 'Connection: keep-alive, Content-Length', `Content-Length: ${inner.length}`],
    inner,
  ),
  'chunks that the connection is told to forget': request(
    [...POST, 'Connection: keep-alive, Transfer-Encoding', 'Transfer-Encoding: chunked', 'Content-Length: 3'],
    chunk(inner) + END,
  ),
})

/** `Transfer-Encoding` as one reader knows it and another does not [TE.TE], each with either meant to be the proxy. */
function obfuscations(inner: string): Readonly<Record<string, string>> {
  const written = [
    'Transfer-Encoding: xchunked',
    'Transfer-Encoding : chunked',
    'Transfer-Encoding:\tchunked',
    'Transfer-Encoding: \x0bchunked',
    'Transfer-Encoding: chunked\x0b',
    'Transfer-Encoding: chun\x00ked',
    'Transfer-Encoding: \xa0chunked',
    ' Transfer-Encoding: chunked',
    'X-Other: x\n Transfer-Encoding: chunked',
    'X-Other: x\nTransfer-Encoding: chunked',
    'X-Other: x\rTransfer-Encoding: chunked',
    'X-Other: x\r\n\tTransfer-Encoding: chunked',
    'Transfer-Encoding:\r\n chunked',
    'Transfer-Encoding\r\n : chunked',
    'Transfer-Encoding\n: chunked',
    'Transfer-Encoding: chunked\r\nTransfer-Encoding: x',
    'Transfer-Encoding: x\r\nTransfer-Encoding: chunked',
    'Transfer-Encoding: chunked, identity',
    'Transfer-Encoding: identity, chunked',
    'Transfer-Encoding: identity',
    'Transfer-Encoding: gzip, chunked',
    'Transfer-Encoding: chunked, chunked',
    'Transfer-Encoding: "chunked"',
    'Transfer-Encoding: chunked;x=y',
    'Transfer-Encoding: CHUNKED',
    'tRANSFER-eNCODING: chunked',
    'Transfer_Encoding: chunked',
    'Transfer-Encoding; chunked',
    'Transfer-Encoding',
    'Transfer-Encoding:',
    '\x00Transfer-Encoding: chunked',
    'Tra\x7fnsfer-Encoding: chunked',
    'Content-Encoding: chunked',
  ]
  return Object.fromEntries(
    written.flatMap((line) => [
      [
        `CL before ${JSON.stringify(line)}`,
        request([...POST, `Content-Length: ${`${END}${inner}`.length}`, line], END + inner),
      ],
      [`${JSON.stringify(line)} before CL`, request([...POST, line, 'Content-Length: 4'], chunk(inner) + END)],
      [`${JSON.stringify(line)} alone`, request([...POST, line], chunk(inner) + END)],
    ]),
  )
}

/** Lengths that are read differently, or not at all. */
function lengths(inner: string): Readonly<Record<string, string>> {
  const n = inner.length
  const written = [
    `Content-Length: 0\r\nContent-Length: ${n}`,
    `Content-Length: ${n}\r\nContent-Length: 0`,
    `Content-Length: 0, ${n}`,
    `Content-Length: ${n}, 0`,
    `Content-Length: ${n}, ${n}`,
    `Content-Length: +${n}`,
    `Content-Length: 0x${n.toString(16)}`,
    `Content-Length: ${n}.0`,
    `Content-Length: ${n}e0`,
    `Content-Length: 0${n}`,
    `Content-Length: -${n}`,
    `Content-Length: ${n} 0`,
    `Content-Length: ${n}\x00`,
    `Content-Length: ${2n ** 64n + BigInt(n)}`,
    `Content-Length: ${2n ** 32n + BigInt(n)}`,
    `Content-Length : ${n}`,
    ` Content-Length: ${n}`,
    `Content_Length: ${n}`,
    `Content-Length:\r\n ${n}`,
    `Content-Length\n: ${n}`,
    'Content-Length:',
    `X-Other: x\nContent-Length: ${n}`,
    `X-Other: x\rContent-Length: ${n}`,
    'X-Nothing: at all',
  ]
  return Object.fromEntries(written.map((line) => [JSON.stringify(line), request([...POST, line], inner)]))
}

/** Chunks whose sizes and ends are read differently. */
function chunks(inner: string): Readonly<Record<string, string>> {
  const size = inner.length.toString(16)
  const bodies = {
    'a size with 0x': `0x${size}\r\n${inner}\r\n${END}`,
    'a size with a plus': `+${size}\r\n${inner}\r\n${END}`,
    'a size of minus zero': `-0\r\n\r\n${inner}`,
    'a size beyond 64 bits': `1${'0'.repeat(16)}${size}\r\n${inner}\r\n${END}`,
    'a size with zeros before': `${'0'.repeat(40)}${size}\r\n${inner}\r\n${END}`,
    'a size with a space': `${size} \r\n${inner}\r\n${END}`,
    'a size with an underscore': `0_0\r\n\r\n${inner}`,
    'a size and a line feed alone': `${size}\n${inner}\n0\n\n`,
    'a size and a carriage return alone': `${size}\r${inner}\r0\r\r`,
    'an extension with a line feed': `2;\nxx\r\n${size}\r\n${inner}\r\n${END}`,
    'an extension with a carriage return': `2;a\rxx\r\n${size}\r\n${inner}\r\n${END}`,
    'an extension in quotes': `2;a="\r\n${END}${inner}"\r\nxx\r\n${END}`,
    'an end that is not there': `1\r\nZ0\r\n\r\n${inner}`,
    'two bytes too many': `1\r\nZZZ\r\n${END}${inner}`,
    'an end of line feeds': `0\n\n${inner}`,
    'an end of one carriage return': `0\r\n\r${inner}`,
    'a trailer that is a length': `0\r\nContent-Length: ${inner.length}\r\n\r\n${inner}`,
    'a trailer that is a request': `0\r\n${inner}`,
    'a trailer that is folded': `0\r\nX: y\r\n ${inner}`,
    'nothing after the end': `${END}${inner}`,
  }
  return Object.fromEntries(
    Object.entries(bodies).map(([what, body]) => [what, request([...POST, 'Transfer-Encoding: chunked'], body)]),
  )
}

/** Answered before, or without, the body being read: what is left of it must not become a request [CL.0]. */
function unreadBodies(inner: string): Readonly<Record<string, string>> {
  const length = `Content-Length: ${inner.length}`
  const lines = {
    'a body for /healthz': ['POST /healthz HTTP/1.1', 'Host: x', length],
    'a body with GET': ['GET /healthz HTTP/1.1', 'Host: x', length],
    'a body with HEAD': ['HEAD /healthz HTTP/1.1', 'Host: x', length],
    'a body with DELETE': ['DELETE /api/webhooks HTTP/1.1', 'Host: x', length],
    'a body for nothing': ['POST /nothing HTTP/1.1', 'Host: x', length],
    'a body that is no JSON': ['POST /api/webhooks HTTP/1.1', 'Host: x', 'Content-Type: text/plain', length],
    'a body that is compressed': [...POST, 'Content-Encoding: gzip', length],
    'a body that waits to be asked for': [...POST, 'Expect: 100-continue', length],
    'a body with another expectation': [...POST, 'Expect: x', length],
    'a body with an upgrade': [...POST, 'Connection: Upgrade', 'Upgrade: websocket', length],
    'a body with an upgrade to HTTP/2': [
      ...POST,
      'Connection: Upgrade, HTTP2-Settings',
      'Upgrade: h2c',
      'HTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA',
      length,
    ],
  }
  return Object.fromEntries([
    ...Object.entries(lines).map(([what, head]) => [what, request(head, inner)]),
    ...Object.entries(lines).map(([what, head]) => [
      `${what}, in chunks`,
      request([...head.slice(0, -1), 'Transfer-Encoding: chunked'], chunk(inner) + END),
    ]),
  ])
}

/** First lines, and what stands before them. */
const requestLines = (inner: string) => ({
  'a line feed before': `\n${request(POST.toSpliced(3, 0, 'Content-Length: 0'), inner)}`,
  'HTTP/0.9': `GET /healthz\r\n\r\n${inner}`,
  'HTTP/1.2': request(['POST /api/webhooks HTTP/1.2', 'Host: x', `Content-Length: ${inner.length}`], inner),
  'a request in the path': request([`GET /healthz%0d%0a%0d%0a${encodeURIComponent(inner)} HTTP/1.1`, 'Host: x'], ''),
  'a space in the path': request(
    ['GET /healthz HTTP/1.1 x HTTP/1.1', 'Host: x', `Content-Length: ${inner.length}`],
    inner,
  ),
  'a tab in the first line': request(
    ['POST\t/api/webhooks\tHTTP/1.1', 'Host: x', `Content-Length: ${inner.length}`],
    inner,
  ),
  'two hosts': request(['POST /healthz HTTP/1.1', 'Host: x', 'Host: y', `Content-Length: ${inner.length}`], inner),
  'no host': request(['POST /healthz HTTP/1.1', `Content-Length: ${inner.length}`], inner),
})
