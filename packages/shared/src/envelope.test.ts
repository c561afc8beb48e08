import { deliveryOf } from '@rollcall/testkit/deliveries'
import { describe, expect, test } from 'vitest'
import { packBody } from './delivery.ts'
import { entityId, MAX_NESTING, parseEnvelope } from './envelope.ts'
import type { Json } from './json.ts'

const ATTEMPTED_AT = 1_764_000_000_000
const event = (over: Record<string, Json>) => ({
  type: 'user.created',
  timestamp: 1_763_999_999_123,
  data: {},
  ...over,
})
const parse = (body: Json) => parseEnvelope(deliveryOf(body, { messageId: 'msg_1', attemptedAt: ATTEMPTED_AT }))
const nest = (levels: number) => '['.repeat(levels) + ']'.repeat(levels)
const parseText = (body: string) => parseEnvelope(deliveryOf(body))

describe('parseEnvelope', () => {
  test('[W2] reads what every event has', () => {
    expect(parse(event({ instance_id: 'ins_1', object: 'event', data: { id: 'user_1' }, new_field: [1] }))).toEqual({
      messageId: 'msg_1',
      type: 'user.created',
      instanceId: 'ins_1',
      occurredAt: 1_763_999_999_123,
      data: { id: 'user_1' },
    })
  })

  test('[W2] asks for a type and for nothing else', () => {
    expect(parse({ type: 'brand.new' })).toEqual({
      messageId: 'msg_1',
      type: 'brand.new',
      instanceId: null,
      occurredAt: ATTEMPTED_AT,
      data: undefined,
    })
  })

  const times: Record<string, [Json | undefined, number]> = {
    'milliseconds as they are': [1_763_999_999_123, 1_763_999_999_123],
    'milliseconds without their fraction': [1_763_999_999_123.7, 1_763_999_999_123],
    'seconds as milliseconds': [1_763_999_999, 1_763_999_999_000],
    'seconds with a fraction': [1_763_999_999.5, 1_763_999_999_500],
    '42 as 42 seconds': [42, 42_000],
    'the last number of seconds': [99_999_999_999, 99_999_999_999_000],
    'the first number of milliseconds': [100_000_000_000, 100_000_000_000],
    'the end of the year 9999': [253_402_300_799_999, 253_402_300_799_999],
    "none, for which the attempt's time stands": [undefined, ATTEMPTED_AT],
    'null, likewise': [null, ATTEMPTED_AT],
    'zero, likewise': [0, ATTEMPTED_AT],
    'a negative, likewise': [-1_763_999_999_123, ATTEMPTED_AT],
    'a text, likewise': ['1763999999123', ATTEMPTED_AT],
    'an object, likewise': [{}, ATTEMPTED_AT],
    'what lies after the year 9999, likewise': [253_402_300_800_000, ATTEMPTED_AT],
    'what is beyond all counting, likewise': [1e300, ATTEMPTED_AT],
  }
  test.each(Object.entries(times))('[V4] takes a timestamp: %s', (_, [timestamp, occurredAt]) => {
    expect(parse(event({ timestamp: timestamp as Json })).occurredAt).toBe(occurredAt)
  })

  test('[V4] a timestamp that JSON makes infinite is none', () => {
    expect(parseText('{"type":"x","timestamp":1e999}').occurredAt).toBe(ATTEMPTED_AT)
  })

  const broken: Record<string, [string, string]> = {
    nothing: ['', 'the body is not JSON'],
    text: ['hello', 'the body is not JSON'],
    'JSON that breaks off': ['{"type":"user.created"', 'the body is not JSON'],
    'a raw U+0000 in a text': ['{"type":"user\u0000.created"}', 'the body is not JSON'],
    null: ['null', 'the body is not a JSON object'],
    'an array': ['[{"type":"user.created"}]', 'the body is not a JSON object'],
    'a text in JSON': ['"user.created"', 'the body is not a JSON object'],
    'no type': ['{"data":{}}', '`type` is not a text'],
    'an empty type': ['{"type":""}', '`type` is not a text'],
    'a type of another kind': ['{"type":7}', '`type` is not a text'],
    'a type that is far too long': [`{"type":"${'x'.repeat(256)}"}`, '`type` is not a text'],
    'what nests too deeply': [`{"type":"x","data":${nest(MAX_NESTING)}}`, 'nests deeper than 500 levels'],
    'a megabyte of brackets': [nest(500_000), 'nests deeper than 500 levels'],
    'a megabyte of brackets that nobody closes': ['['.repeat(1_000_000), 'is not JSON'],
  }
  test.each(Object.entries(broken))('[W2] refuses %s for good', (_, [body, reason]) => {
    const error = (() => {
      try {
        return parseText(body)
      } catch (thrown) {
        return thrown
      }
    })()
    expect(error).toMatchObject({ code: 'payload_invalid', disposition: 'fail' })
    expect(String(error)).toContain(reason)
  })

  test('[L2] a refusal does not repeat the body', () => {
    expect(() => parseText('{"email":"ada@example.com')).toThrow(/^((?!ada@example).)*$/)
    expect(() => parseText('{"type":{"email":"ada@example.com"}}')).toThrow(/^((?!ada@example).)*$/)
  })

  test('[W2] reads what nests as deeply as is allowed', () => {
    const data = nest(MAX_NESTING - 1)
    expect(parseText(`{"type":"x","data":${data}}`).type).toBe('x')
  })

  test('[W2] an escaped U+0000 and a lone surrogate are text like any other', () => {
    const { data } = parseText('{"type":"x","data":{"id":"user_1","a":"\\u0000","b":"\\ud800"}}')
    expect(data).toEqual({ id: 'user_1', a: '\u0000', b: '\ud800' })
  })

  test('[W2] a body is read as it was signed: without a byte order mark', () => {
    const raw = Buffer.from('\ufeff{"type":"user.created"}')
    expect(parseEnvelope(deliveryOf('', packBody(raw))).type).toBe('user.created')
  })

  test.each([[''], [7], [null], ['x'.repeat(256)]])('[W2] an instance id of %j is none', (instanceId) => {
    expect(parse(event({ instance_id: instanceId })).instanceId).toBe(null)
  })
})

describe('entityId', () => {
  const idOf = (data: Json) => entityId(parse(event({ data })))

  test('[W2] is the id in the data, if that is one to look up', () => {
    expect(idOf({ id: 'user_1' })).toBe('user_1')
    for (const data of [{}, { id: '' }, { id: 7 }, { id: null }, { id: 'x'.repeat(256) }, [], 'user_1', null]) {
      expect(idOf(data)).toBe(null)
    }
  })
})
