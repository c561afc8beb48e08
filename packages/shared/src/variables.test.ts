import { describe, expect, test } from 'vitest'
import { variables } from './variables.ts'

type Name = keyof typeof variables

const KEY = 'MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'

/** 32 bytes. */
const AES_KEY = '+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/s='

const good: Partial<Record<Name, Record<string, unknown>>> = {
  CLERK_WEBHOOK_SIGNING_SECRET: {
    [`whsec_${KEY}`]: [`whsec_${KEY}`],
    [`whsec_${KEY},whsec_AAAA`]: [`whsec_${KEY}`, 'whsec_AAAA'],
    [` whsec_${KEY} ,\n whsec_AAAA , `]: [`whsec_${KEY}`, 'whsec_AAAA'],
    'whsec_AAAAAA==': ['whsec_AAAAAA=='],
    'whsec_AAAAAAA=': ['whsec_AAAAAAA='],
    whsec_AAAAAA: ['whsec_AAAAAA'],
  },
  CLERK_INSTANCE_ID: { ins_1: ['ins_1'], 'ins_1, ins_2': ['ins_1', 'ins_2'] },
  CLERK_SECRET_KEY: { sk_live_A1b2: 'sk_live_A1b2', sk_test_A1b2: 'sk_test_A1b2' },
  CLERK_API_URL: { 'https://api.clerk.com': 'https://api.clerk.com', 'http://127.0.0.1:1': 'http://127.0.0.1:1' },
  CLERK_API_RATE_SHARE: { 1: 1, '12.5': 12.5, 100: 100 },
  DATABASE_URL: {
    'postgres://user:password@db.example.com:5432/app?sslmode=verify-full': expect.any(String),
    'postgresql://localhost/app': expect.any(String),
  },
  DATABASE_SCHEMA: { clerk: 'clerk', _a1: '_a1', ['a'.repeat(40)]: 'a'.repeat(40) },
  DATABASE_POOL_SIZE: { 1: 1, 1000: 1_000 },
  REDIS_URL: {
    'redis://localhost': ['redis://localhost'],
    'rediss://:p%40ss@a:6380/1': ['rediss://:p%40ss@a:6380/1'],
    'redis://a:1,redis://b:2 redis://c:3': ['redis://a:1', 'redis://b:2', 'redis://c:3'],
    'rediss+cluster://a:1': ['rediss+cluster://a:1'],
    ' redis+sentinel://a:1,b:2/main ': ['redis+sentinel://a:1,b:2/main'],
  },
  QUEUE_PREFIX: { rollcall: 'rollcall', 'Prod-1_eu': 'Prod-1_eu' },
  QUEUE_SHARDS: { 1: 1, 64: 64 },
  QUEUE_MIN_REPLICAS: { 0: 0, 2: 2 },
  QUEUE_COMPRESSION: { on: 'on', off: 'off' },
  QUEUE_ENCRYPTION_KEY: {
    [AES_KEY]: [expect.objectContaining({ symmetricKeySize: 32 })],
    [` ${AES_KEY} ,\n ${'0F'.repeat(32)} , `]: [expect.anything(), expect.anything()],
    [AES_KEY.replace('=', '')]: [expect.anything()],
    [AES_KEY.replaceAll('+', '-').replaceAll('/', '_')]: [expect.anything()],
  },
  EVENT_BODIES: { needed: 'needed', all: 'all' },
  PORT: { 0: 0, 3000: 3_000, 65535: 65_535 },
  OPS_PORT: { 9464: 9_464 },
  TRUST_PROXY: {
    true: true,
    false: false,
    2: 2,
    loopback: 'loopback',
    'loopback, 10.0.0.0/8 ,192.168.0.1': 'loopback, 10.0.0.0/8 ,192.168.0.1',
    '10.0.0.0/255.0.0.0': '10.0.0.0/255.0.0.0',
    'fd00::/8,::1': 'fd00::/8,::1',
  },
  ALLOWED_SOURCES: {
    '203.0.113.7': [{ address: '203.0.113.7', bits: 32, family: 'ipv4' }],
    ' 10.0.0.0/8,\n fd00::/8 ': [
      { address: '10.0.0.0', bits: 8, family: 'ipv4' },
      { address: 'fd00::', bits: 8, family: 'ipv6' },
    ],
    'svix, 203.0.113.7': expect.arrayContaining([{ address: '44.228.126.217', bits: 32, family: 'ipv4' }]),
  },
  KEEP_ALIVE_TIMEOUT_MS: { 620000: 620_000 },
  BATCH_SIZE: { 1: 1, 5000: 5_000 },
  BATCHES_IN_FLIGHT: { 1: 1, 100: 100 },
  JOB_LOCK_MS: { 1: 1 },
  OTEL_EXPORTER_OTLP_ENDPOINT: {
    'http://localhost:4318': 'http://localhost:4318',
    'https://otlp.example.com/a': expect.any(String),
  },
  OTEL_EXPORTER_OTLP_HEADERS: {
    'authorization=Bearer%20a%3D%3D, x-tenant = acme': { authorization: 'Bearer a==', 'x-tenant': 'acme' },
    'key=a=b==': { key: 'a=b==' },
  },
  OTEL_TRACES_SAMPLER_ARG: { 0: 0, '0.01': 0.01, 1: 1 },
  NGROK_AUTHTOKEN: { '2aBc_D-3': '2aBc_D-3' },
  CONSOLE_PORT: { 3001: 3_001 },
  CONSOLE_URL: {
    'https://console.example.com': 'https://console.example.com',
    'http://localhost:3001/': 'http://localhost:3001',
    'https://Console.Example.com:443': 'https://console.example.com',
  },
  CONSOLE_TOKEN: { ['t'.repeat(32)]: 't'.repeat(32) },
  CONSOLE_USERNAME: { ada: 'ada', 'ada@example.com': 'ada@example.com' },
  CONSOLE_PASSWORD: { 'correct horse': 'correct horse' },
  CONSOLE_ALLOWED_USERS: { user_1: ['user_1'], 'user_1, user_2': ['user_1', 'user_2'] },
  CONSOLE_ALLOWED_ORGANIZATION: { org_1: 'org_1' },
  CONSOLE_ALLOWED_ROLE: { 'org:admin': 'org:admin', admin: 'admin' },
  CLERK_PUBLISHABLE_KEY: { pk_test_YS5jbGVyay5hY2NvdW50cy5kZXYk: 'pk_test_YS5jbGVyay5hY2NvdW50cy5kZXYk' },
  CLERK_JWT_KEY: {
    '-----BEGIN PUBLIC KEY-----\\nMII\\n-----END PUBLIC KEY-----':
      '-----BEGIN PUBLIC KEY-----\nMII\n-----END PUBLIC KEY-----',
  },
  CLERK_SIGN_IN_URL: { 'https://example.com/sign-in': 'https://example.com/sign-in' },
  LOG_LEVEL: { debug: 'debug', silent: 'silent' },
  SHUTDOWN_GRACE_MS: { 1: 1 },
  SHUTDOWN_DRAIN_MS: { 0: 0, 10000: 10_000 },
}

const NO_DURATION = ['0', '-1', '1.5', 'soon', '1s', 'Infinity']
const bad: Partial<Record<Name, readonly string[]>> = {
  CLERK_WEBHOOK_SIGNING_SECRET: [
    ...[KEY, `whsec-${KEY}`, 'whsec_', 'whsec_====', 'WHSEC_AAAA', `whsec_${KEY}!`, `sk_test_${KEY}`, ','],
    // Cut off while it was copied, or with a line too many.
    ...[`whsec_${KEY.slice(0, -3)}`, 'whsec_A', 'whsec_A=', 'whsec_AAAAA=', 'whsec_AAAA==', 'whsec_AAAAAAA=='],
    `whsec_${KEY};whsec_${KEY}`,
  ],
  CLERK_INSTANCE_ID: [',', ' , '],
  CLERK_SECRET_KEY: ['pk_live_A1b2', 'sk_live_', 'sk_prod_A', 'whsec_A', 'sk_live_A b'],
  CLERK_API_URL: ['api.clerk.com', 'ftp://api.clerk.com', 'https//api.clerk.com'],
  CLERK_API_RATE_SHARE: ['0', '101', 'half', '50 %'],
  DATABASE_URL: ['localhost', 'mysql://localhost/app', 'host=localhost dbname=app'],
  DATABASE_SCHEMA: ['Clerk', '1clerk', 'my-clerk', 'a b', '"clerk"', 'a'.repeat(41), 'clerk;'],
  DATABASE_POOL_SIZE: ['0', '1001', '2.5', 'ten', 'NaN'],
  REDIS_URL: [
    ...[',', 'localhost:6379', 'http://localhost', 'redis://a,localhost', 'redis://a,http://b'],
    ...['redis://a,rediss://b', 'redis+sentinel://a:1,b:2', 'redis+cluster://a/1', 'rediss://a?sslcert=/nowhere'],
  ],
  QUEUE_PREFIX: ['a b', 'a:b', '{a}', 'a'.repeat(41), 'ä'],
  QUEUE_SHARDS: ['0', '65', '1.5', 'many'],
  QUEUE_MIN_REPLICAS: ['-1', '11', 'all'],
  QUEUE_COMPRESSION: ['yes', 'ON', 'zstd'],
  // A signing secret, keys that are too short, too long or cut off, one that is right beside one that is not, a phrase.
  QUEUE_ENCRYPTION_KEY: [
    ...[',', `whsec_${KEY}`, KEY, AES_KEY.slice(1), `A${AES_KEY}`, AES_KEY.slice(0, -2), `${AES_KEY},${KEY}`],
    ...['0F'.repeat(31), '0F'.repeat(33), '0G'.repeat(32), 'correct horse battery staple', `${AES_KEY};${AES_KEY}`],
  ],
  EVENT_BODIES: ['none', 'ALL'],
  HANDLERS_IN_FLIGHT: ['0', '1001', 'many'],
  HANDLER_TIMEOUT_MS: NO_DURATION,
  PORT: ['-1', '65536', '3000.5', 'http'],
  OPS_PORT: ['-1', '65536'],
  TRUST_PROXY: [
    ...['yes', 'loopback,', '10.0.0.0/33', '10.0.0.0/0', '10.0.0.0/8/8', 'fd00::/129', 'fd00::/255.0.0.0'],
    ...['10.0.0', '-1', '1.5', 'proxy.internal', 'loopback/8'],
  ],
  ALLOWED_SOURCES: [
    ...[',', 'Svix', 'clerk', '10.0.0', '10.0.0.0/33', '10.0.0.0/0', '::/0', '10.0.0.0/8/8', '10.0.0.0/255.0.0.0'],
    ...['svix;10.0.0.1', 'svix, 10.0.0', 'fd00::/129', '10.0.0.0/-1', '10.0.0.0/', 'loopback'],
  ],
  KEEP_ALIVE_TIMEOUT_MS: NO_DURATION,
  BATCH_SIZE: ['0', '5001', 'many'],
  BATCHES_IN_FLIGHT: ['0', '101'],
  JOB_LOCK_MS: NO_DURATION,
  OTEL_EXPORTER_OTLP_ENDPOINT: ['localhost:4318', 'grpc://localhost:4317'],
  OTEL_EXPORTER_OTLP_HEADERS: ['Bearer', '=a', 'key=', 'a key=b', 'key=%zz', 'key=a%0D%0Ab', 'a=1,', 'key=%E2%82%AC'],
  OTEL_TRACES_SAMPLER_ARG: ['-0.1', '1.1', '1 %', 'half'],
  NGROK_AUTHTOKEN: ['two words', 'a:b'],
  CONSOLE_PORT: ['-1', '65536'],
  CONSOLE_URL: ['console.example.com', 'https://console.example.com/a', 'https://console.example.com?a', 'ftp://a'],
  CONSOLE_TOKEN: ['t'.repeat(31)],
  CONSOLE_USERNAME: ['a b', 'a:b', 'a'.repeat(101)],
  CONSOLE_PASSWORD: ['eleven char'],
  CONSOLE_ALLOWED_USERS: [',', 'ada@example.com', 'user_1,org_1'],
  CONSOLE_ALLOWED_ORGANIZATION: ['acme', 'org_', 'org_1,org_2'],
  CONSOLE_ALLOWED_ROLE: ['org admin'],
  CLERK_PUBLISHABLE_KEY: ['sk_test_A1b2', 'pk_live_', 'pk_prod_A'],
  CLERK_JWT_KEY: ['MII', '-----BEGIN PRIVATE KEY-----'],
  CLERK_SIGN_IN_URL: ['/sign-in', 'example.com'],
  LOG_LEVEL: ['verbose', 'INFO'],
  SHUTDOWN_GRACE_MS: NO_DURATION,
  SHUTDOWN_DRAIN_MS: ['-1', '1.5', 'soon', '600001'],
}

const defaults: Partial<Record<Name, unknown>> = {
  CLERK_INSTANCE_ID: undefined,
  CLERK_SECRET_KEY: undefined,
  CLERK_API_URL: 'https://api.clerk.com',
  CLERK_API_RATE_SHARE: 50,
  DATABASE_SCHEMA: 'clerk',
  DATABASE_POOL_SIZE: 10,
  REDIS_URL: undefined,
  QUEUE_PREFIX: 'rollcall',
  QUEUE_SHARDS: 1,
  QUEUE_MIN_REPLICAS: 0,
  QUEUE_COMPRESSION: 'on',
  QUEUE_ENCRYPTION_KEY: undefined,
  EVENT_BODIES: undefined,
  ROLLCALL_CONFIG: undefined,
  HANDLERS_IN_FLIGHT: 4,
  HANDLER_TIMEOUT_MS: 30_000,
  PORT: 3_000,
  TRUST_PROXY: 'loopback, linklocal, uniquelocal',
  ALLOWED_SOURCES: undefined,
  KEEP_ALIVE_TIMEOUT_MS: 75_000,
  BATCH_SIZE: 500,
  BATCHES_IN_FLIGHT: 2,
  JOB_LOCK_MS: 30_000,
  OTEL_EXPORTER_OTLP_ENDPOINT: undefined,
  OTEL_EXPORTER_OTLP_HEADERS: undefined,
  OTEL_TRACES_SAMPLER_ARG: 1,
  CONSOLE_PORT: 3_001,
  CONSOLE_URL: undefined,
  CONSOLE_TOKEN: undefined,
  CONSOLE_USERNAME: undefined,
  CONSOLE_PASSWORD: undefined,
  CONSOLE_ALLOWED_USERS: undefined,
  CONSOLE_ALLOWED_ORGANIZATION: undefined,
  CONSOLE_ALLOWED_ROLE: undefined,
  CLERK_PUBLISHABLE_KEY: undefined,
  CLERK_JWT_KEY: undefined,
  CLERK_SIGN_IN_URL: undefined,
  LOG_LEVEL: 'info',
  SHUTDOWN_GRACE_MS: 25_000,
  SHUTDOWN_DRAIN_MS: 0,
}

const names = Object.keys(variables) as Name[]
const cases = <Value>(table: Partial<Record<Name, Value>>) => Object.entries(table) as [Name, Value][]

describe('variables', () => {
  for (const [name, values] of cases(good)) {
    test.each(Object.entries(values))(`[C2] ${name} takes "%s"`, (written, value) => {
      expect(variables[name].parse(written)).toEqual(value)
    })
  }

  for (const [name, values] of cases(bad)) {
    test.each(values)(`[C2] ${name} refuses "%s"`, (written) => {
      expect(variables[name].safeParse(written).success).toBe(false)
    })
  }

  test.each(cases(defaults))('[C2] %s has a default, or may be left out', (name, value) => {
    expect(variables[name].parse(undefined)).toEqual(value)
  })

  test.each(names)('[C2] %s is explained in a sentence', (name) => {
    expect(variables[name].description).toMatch(/^\S.*\.$/s)
  })
})
