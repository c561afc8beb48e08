import { randomBytes } from 'node:crypto'
import fc from 'fast-check'

/** What is no request, or one that two readers may read in two ways. Which answer it gets is left open. */
export const malformed: fc.Arbitrary<{ readonly kind: string; readonly bytes: Buffer }> = fc.oneof(
  ...entriesOf({
    'odd length': { line: 'POST /api/webhooks HTTP/1.1', headers: [...oddLengths()] },
    'odd chunks': { line: 'POST /api/webhooks HTTP/1.1', headers: ['transfer-encoding: chunked'], bodies: oddChunks() },
    'odd transfer': {
      line: 'POST /api/webhooks HTTP/1.1',
      headers: [...oddTransfers()],
      bodies: ['5\r\nhello\r\n0\r\n\r\n', 'hello'],
    },
    'odd header': { line: 'GET /healthz HTTP/1.1', headers: [...oddHeaders()] },
    expect: {
      line: 'POST /api/webhooks HTTP/1.1',
      headers: [
        'expect: 100-continue\r\ncontent-length: 5',
        'expect: 200-ok',
        'expect: 100-continue\r\ntransfer-encoding: chunked',
      ],
      bodies: ['hello', '5\r\nhello\r\n0\r\n\r\n', ''],
    },
    upgrade: {
      line: 'GET /healthz HTTP/1.1',
      headers: [
        'connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==',
        'connection: upgrade, http2-settings\r\nupgrade: h2c\r\nhttp2-settings: AAMAAABkAARAAAAAAAIAAAAA',
        'upgrade: \u0000',
      ],
      bodies: ['', 'garbage after it'],
    },
  }),
  fc
    .tuple(fc.constantFrom(...oddLines()), fc.constantFrom('', 'host: receiver\r\n', 'host:\r\nhost: b\r\n'))
    .map(([line, host]) => ({ kind: 'odd request line', bytes: Buffer.from(`${line}\r\n${host}\r\n`, 'latin1') })),
  fc.nat(400).map((length) => ({ kind: 'no HTTP', bytes: randomBytes(length) })),
  fc.constantFrom(...notHttp()).map((text) => ({ kind: 'no HTTP', bytes: Buffer.from(text, 'latin1') })),
  fc.tuple(fc.nat(200), fc.nat(255), fc.nat(200), fc.nat(255)).map(([at, byte, otherAt, otherByte]) => {
    const bytes = Buffer.from(ORDINARY)
    bytes[at % bytes.length] = byte
    bytes[otherAt % bytes.length] = otherByte
    return { kind: 'changed bytes', bytes }
  }),
)

const ORDINARY =
  'POST /api/webhooks HTTP/1.1\r\nhost: receiver\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}'

interface Template {
  readonly line: string
  readonly headers: readonly string[]
  readonly bodies?: readonly string[]
}

function entriesOf(templates: Readonly<Record<string, Template>>) {
  return Object.entries(templates).map(([kind, { line, headers, bodies = ['', 'hello', '{}\r\n\r\n'] }]) =>
    fc.tuple(fc.constantFrom(...headers), fc.constantFrom(...bodies), fc.boolean()).map(([header, body, isJson]) => ({
      kind,
      bytes: Buffer.from(
        `${line}\r\nhost: receiver\r\n${isJson ? 'content-type: application/json\r\n' : ''}${header}\r\n\r\n${body}`,
        'latin1',
      ),
    })),
  )
}

function oddLengths(): readonly string[] {
  const values = [
    '-1',
    '+5',
    '0x5',
    '5e0',
    '5.0',
    '',
    ' ',
    '5 5',
    '5, 5',
    '5, 6',
    '١',
    '18446744073709551616',
    '9'.repeat(5_000),
    '05',
    '5\t',
    '1',
    '3',
    '6',
    '1048577',
    '5;',
  ]
  return [
    ...values.map((value) => `content-length: ${value}`),
    'content-length: 5\r\ncontent-length: 5',
    'content-length: 5\r\ncontent-length: 6',
    'content-length: 5\r\ntransfer-encoding: chunked',
    'transfer-encoding: chunked\r\ncontent-length: 5',
    'content-length : 5',
    'content-length:\r\n 5',
    'content_length: 5',
  ]
}

function oddChunks(): readonly string[] {
  return [
    '-1\r\nx\r\n0\r\n\r\n',
    '0x5\r\nhello\r\n0\r\n\r\n',
    '5 \r\nhello\r\n0\r\n\r\n',
    '5;\u0000=1\r\nhello\r\n0\r\n\r\n',
    `5;${'x'.repeat(20_000)}\r\nhello\r\n0\r\n\r\n`,
    `${'1;x\r\na\r\n'.repeat(6_000)}0\r\n\r\n`,
    `${'1\r\na\r\n'.repeat(3_000)}0\r\n\r\n`,
    'FFFFFFFFFFFFFFFFF\r\nhello\r\n',
    '7FFFFFFFFFFFFFFF\r\nhello\r\n',
    '100001\r\nhello',
    `${'0'.repeat(5_000)}5\r\nhello\r\n0\r\n\r\n`,
    '5\nhello\n0\n\n',
    '5\r\nhello0\r\n\r\n',
    '4\r\nhello\r\n0\r\n\r\n',
    '6\r\nhello\r\n0\r\n\r\n',
    '\r\n5\r\nhello\r\n0\r\n\r\n',
    'zz\r\n',
    '0\r\n',
    `0\r\n${'a: b\r\n'.repeat(3_000)}\r\n`,
    `0\r\na: ${'b'.repeat(20_000)}\r\n\r\n`,
    '5\r\nhello\r\n0\r\ncontent-length: 9\r\n\r\n',
    '0\r\nbroken trailer\r\n\r\n',
    '0\r\n\r\nGET /healthz HTTP/1.1\r\nhost: x\r\n\r\n',
  ]
}

function oddTransfers(): readonly string[] {
  const values = [
    'xchunked',
    'chunked, identity',
    'identity',
    'identity, chunked',
    'gzip, chunked',
    'chunked, chunked',
    '\u000bchunked',
    'chunked\u0000',
    '"chunked"',
    'CHUNKED',
    ' chunked ',
    'chunked;q=1',
    'cow',
  ]
  return [
    ...values.map((value) => `transfer-encoding: ${value}`),
    'transfer-encoding: chunked\r\ntransfer-encoding: identity',
    'transfer-encoding: identity\r\ntransfer-encoding: chunked',
    'transfer-encoding : chunked',
    'transfer-encoding\u000b: chunked',
    'transfer-encoding:\r\n chunked',
    'transfer-encoding: chunked\r\ncontent-length: 6',
    'transfer_encoding: chunked',
    'x: y\r\n transfer-encoding: chunked',
  ]
}

function oddHeaders(): readonly string[] {
  return [
    `a: ${'b'.repeat(15_000)}`,
    `a: ${'b'.repeat(17_000)}`,
    `a: ${'b'.repeat(200_000)}`,
    Array.from({ length: 1_500 }, (_, i) => `a${i}: b`).join('\r\n'),
    Array.from({ length: 3_000 }, () => 'a: b').join('\r\n'),
    `${'a'.repeat(17_000)}: b`,
    'a: b\u0000c',
    'a: b\rc',
    'a: b\nc: d',
    'a\u0000: b',
    ': b',
    'no colon',
    'a : b',
    ' a: b',
    'a: b\r\n c',
    'a: \u00ff\u00fe',
    '__proto__: x\r\nconstructor: y',
    'host: another',
    'connection: close, keep-alive, upgrade',
    'cookie: a\r\ncookie: b',
    'svix-id: a\r\nsvix-id: b\r\nsvix-timestamp: 1e9\r\nsvix-signature: v1,',
    `svix-id: a\r\nsvix-timestamp: 99999999999999999999\r\nsvix-signature: ${'v1,x '.repeat(3_000)}`,
    'traceparent: 00-zz',
    'x-forwarded-for: \u00ff, , unknown, 256.1.1.1',
    `x-forwarded-for: ${'1.1.1.1,'.repeat(1_500)}`,
  ]
}

function oddLines(): readonly string[] {
  const targets = [
    '',
    '*',
    '//',
    '///api/webhooks',
    'http://',
    'http://[::1',
    'http://a:99999/api/webhooks',
    'a:1',
    '\u0000',
    '/\u00ff\u00fe',
    '/api/webhooks#x',
    '?',
    '/%',
    '\\\\a',
    `/${'a'.repeat(20_000)}`,
    'javascript:1',
  ]
  const versions = [
    'HTTP/1.1',
    'HTTP/1.0',
    'HTTP/0.9',
    'HTTP/2.0',
    'HTTP/9.9',
    'HTTP/1.',
    'http/1.1',
    'HTTP/1.1 ',
    'ICY/1.0',
    '',
  ]
  const methods = [
    'GET',
    'POST',
    'CONNECT',
    'OPTIONS',
    'PRI',
    'QUERY',
    'get',
    'GE T',
    'M-SEARCH',
    'SOURCE',
    'A'.repeat(9_000),
    '\u0016\u0003\u0001',
    '',
  ]
  return [
    ...targets.map((target) => `GET ${target} HTTP/1.1`),
    ...versions.map((version) => `GET /healthz ${version}`),
    ...methods.map((method) => `${method} /api/webhooks HTTP/1.1`),
    'CONNECT receiver:3000 HTTP/1.1',
    'OPTIONS * HTTP/1.1',
    'GET',
    'GET /',
  ]
}

function notHttp(): readonly string[] {
  return [
    '',
    '\r\n\r\n\r\n',
    '\u0000'.repeat(1_000),
    'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\u0000\u0000\u0000\u0004\u0000\u0000\u0000\u0000\u0000',
    'SSH-2.0-OpenSSH_9.9\r\n',
    '\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003',
    '*3\r\n$3\r\nSET\r\n$1\r\na\r\n$1\r\nb\r\n',
    'PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\nGET /healthz HTTP/1.1\r\nhost: x\r\n\r\n',
    '{"type":"user.created"}',
    'HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n',
  ]
}
