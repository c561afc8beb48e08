import { z } from 'zod'
import { allowedSources } from './allowed-sources.ts'
import { PUBLISHABLE_KEY, SECRET, SECRET_KEY } from './clerk-keys.ts'
import { consoleVariables } from './console-variables.ts'
import { databaseUrlProblem } from './database-address.ts'
import { encryptionKeys } from './encryption-keys.ts'
import { otlpHeaders } from './otlp-headers.ts'
import { redisUrlProblem, splitRedisUrl } from './redis-address.ts'
import { isTrustProxy, trustProxy } from './trust-proxy.ts'
import { isApiUrl, isHttpUrl } from './urls.ts'
import { listOf, milliseconds, port } from './variable-values.ts'

/** Lower-case, so that nobody ever has to quote it; short, so that index names derived from it fit Postgres's 63 bytes. */
const IDENTIFIER = /^[a-z_][a-z0-9_]{0,39}$/

/**
 * Every environment variable that Rollcall reads, each with its check, its default and a sentence for the
 * documentation. A process picks those it needs; no name means two things in two processes [C2].
 */
export const variables = {
  CLERK_WEBHOOK_SIGNING_SECRET: z
    .string()
    .transform(listOf)
    .refine((secrets) => secrets.length > 0 && secrets.every((secret) => SECRET.test(secret)), {
      error: 'must be one or more secrets that begin with whsec_, separated by commas or spaces',
    })
    .describe('One or more signing secrets (`whsec_…`), separated by commas or spaces; any of them may match.'),
  CLERK_INSTANCE_ID: z
    .string()
    .transform(listOf)
    .refine((instances) => instances.length > 0, { error: 'must be one or more instance ids' })
    .optional()
    .describe('The only instance (or instances) whose events are applied; events of others end as `refused`.'),
  CLERK_SECRET_KEY: z
    .string()
    .regex(SECRET_KEY, { error: 'must be a secret key, which begins with sk_live_ or sk_test_' })
    .optional()
    .describe(
      'The secret key of the Clerk instance (`sk_live_…`): what asks Clerk itself needs it, as backfill and reconcile do.',
    ),
  CLERK_API_URL: z
    .string()
    .refine(isApiUrl, {
      error:
        'must be an https:// URL without a user, a password and a query; http:// only on this machine, for the secret key is sent there',
    })
    .default('https://api.clerk.com')
    .describe("Clerk's Backend API, without the version."),
  CLERK_API_RATE_SHARE: z.coerce
    .number()
    .min(1)
    .max(100)
    .default(50)
    .describe(
      "The share of the Backend API's rate limit, in percent, that backfill and reconcile take at the most. The rest is the app's, whose requests count against the same limit.",
    ),
  DATABASE_URL: z
    .string()
    .superRefine((value, context) => {
      const problem = databaseUrlProblem(value)
      if (problem) context.addIssue(problem)
    })
    .describe(
      'Postgres, where the mirror lives. TLS by `sslmode=verify-full`, `sslrootcert`, `sslcert` and `sslkey` in the URL: see docs/postgres.md.',
    ),
  DATABASE_SCHEMA: z
    .string()
    .regex(IDENTIFIER, { error: 'must be lower-case letters, digits and underscores, at most 40' })
    .default('clerk')
    .describe('The Postgres schema of the mirror. The Postgres queue lives beside it, in `<schema>_queue`.'),
  DATABASE_POOL_SIZE: z.coerce
    .number()
    .int()
    .min(1)
    .max(1_000)
    .default(10)
    .describe('Connections to Postgres that a process opens at the most.'),
  REDIS_URL: z
    .string()
    .transform(splitRedisUrl)
    .superRefine((urls, context) => {
      const problem = redisUrlProblem(urls)
      if (problem) context.addIssue(problem)
    })
    .optional()
    .describe(
      'Redis for the queue: `redis://`, `rediss://` for TLS, several URLs or `redis+cluster://` for a cluster, `redis+sentinel://` for Sentinel; see docs/redis.md. Unset: the queue lives in `DATABASE_URL`, which suits small volumes.',
    ),
  QUEUE_PREFIX: z
    .string()
    .regex(/^[\w-]{1,40}$/, { error: 'must be letters, digits, hyphens and underscores, at most 40' })
    .default('rollcall')
    .describe('Names the queue, so that several installations can share one Redis.'),
  QUEUE_SHARDS: z.coerce
    .number()
    .int()
    .min(1)
    .max(64)
    .default(1)
    .describe(
      'Over how many BullMQ queues the queue on Redis is split, by what events are about; the masters of a Redis Cluster share them. May be raised at any time.',
    ),
  QUEUE_MIN_REPLICAS: z.coerce
    .number()
    .int()
    .min(0)
    .max(10)
    .default(0)
    .describe(
      'How many replicas of Redis must have a webhook before it is answered 2xx; with fewer it is answered 503. 0 waits for none.',
    ),
  QUEUE_COMPRESSION: z
    .enum(['on', 'off'])
    .default('on')
    .describe(
      'Whether bodies are compressed on the queue, which makes them a third of what they are. `off` where something else reads jobs, or an older worker still does.',
    ),
  QUEUE_ENCRYPTION_KEY: z
    .string()
    .transform((text) => encryptionKeys(listOf(text)) ?? [])
    .refine((keys) => keys.length > 0, {
      error:
        'must be one or more keys of 32 bytes in base64 or hex, separated by commas or spaces; `openssl rand -base64 32` makes one',
    })
    .optional()
    .describe(
      'Encrypts bodies on the queue: one or more keys of 32 bytes in base64 or hex, separated by commas or spaces. The first encrypts, each decrypts. Every process needs the same; see docs/redis.md.',
    ),
  EVENT_BODIES: z
    .enum(['needed', 'all'])
    .optional()
    .describe(
      '`needed` keeps the bodies of failed events and of unknown types in the ledger; `all` also those of applied and stale events. Unset: as `rollcall.config.ts` says, else `needed`.',
    ),
  ROLLCALL_CONFIG: z
    .string()
    .optional()
    .describe(
      'The configuration file. Unset: `rollcall.config.ts` in the folder where the process runs, if it is there.',
    ),
  HANDLERS_IN_FLIGHT: z.coerce
    .number()
    .int()
    .min(1)
    .max(1_000)
    .default(4)
    .describe('Handlers that a worker runs side by side at the most, each on a connection to Postgres of its own.'),
  HANDLER_TIMEOUT_MS: milliseconds(30_000).describe(
    'How long a handler may take. Then its transaction is rolled back, and it is tried again later.',
  ),
  PORT: port.default(3_000).describe("The receiver's public port."),
  ...consoleVariables,
  CLERK_PUBLISHABLE_KEY: z
    .string()
    .regex(PUBLISHABLE_KEY, { error: 'must be a publishable key, which begins with pk_live_ or pk_test_' })
    .optional()
    .describe(
      'The publishable key of the Clerk instance (`pk_live_…`): with it people sign in to the console through Clerk.',
    ),
  CLERK_JWT_KEY: z
    .string()
    .transform((key) => key.replaceAll('\\n', '\n'))
    .refine((key) => key.includes('-----BEGIN PUBLIC KEY-----'), { error: 'must be a public key in PEM' })
    .optional()
    .describe("The instance's JWT public key, by which session tokens are verified without asking Clerk."),
  CLERK_SIGN_IN_URL: z
    .string()
    .refine(isHttpUrl, { error: 'must be an http:// or https:// URL' })
    .optional()
    .describe("Where people sign in. Unset: at the instance's own account portal."),
  OPS_PORT: port.describe('The port of `/metrics`, `/healthz` and `/readyz` for the inner network.'),
  TRUST_PROXY: z
    .string()
    .refine(isTrustProxy, {
      error: 'must be true, false, a number of proxies, or addresses and ranges (10.0.0.0/8) separated by commas',
    })
    .transform(trustProxy)
    .prefault('loopback, linklocal, uniquelocal')
    .describe("Proxies whose `X-Forwarded-For` is believed, in Express's notation."),
  ALLOWED_SOURCES: z
    .string()
    .transform(listOf)
    .refine((words) => words.length > 0 && allowedSources(words) !== undefined, {
      error: 'must be svix, addresses and ranges (203.0.113.0/24), separated by commas or spaces',
    })
    .transform((words) => allowedSources(words)!)
    .optional()
    .describe(
      'From where webhooks are taken: `svix`, which is the addresses that Svix publishes, and addresses and ranges, separated by commas or spaces; others are answered 403. Unset: from anywhere. Behind a proxy `TRUST_PROXY` has to name it; see docs/operations.md.',
    ),
  KEEP_ALIVE_TIMEOUT_MS: milliseconds(75_000).describe(
    'How long the receiver keeps an idle connection open. Longer than the load balancer does, or it sends requests into closed connections (AWS and nginx: 60 s; Google: set 620000).',
  ),
  BATCH_SIZE: z.coerce
    .number()
    .int()
    .min(1)
    .max(5_000)
    .default(500)
    .describe('Events that the worker applies in one transaction at the most.'),
  BATCHES_IN_FLIGHT: z.coerce
    .number()
    .int()
    .min(1)
    .max(100)
    .default(2)
    .describe('Transactions that a worker runs side by side at the most.'),
  JOB_LOCK_MS: milliseconds(30_000).describe(
    'How long the events of a worker that died wait until another takes them up. A living one renews its lock all the time.',
  ),
  OTEL_EXPORTER_OTLP_ENDPOINT: z
    .string()
    .refine(isHttpUrl, { error: 'must be an http:// or https:// URL' })
    .optional()
    .describe(
      'Where traces are sent as OTLP in JSON over HTTP, without `/v1/traces`, as in `http://localhost:4318`. Unset: there are none.',
    ),
  OTEL_EXPORTER_OTLP_HEADERS: z
    .string()
    .refine((text) => otlpHeaders(text) !== undefined, {
      error: 'must be key=value pairs separated by commas, with what is special in them percent-encoded',
    })
    .transform((text) => otlpHeaders(text)!)
    .optional()
    .describe('Headers with which traces are sent, `key=value` separated by commas and percent-encoded: say, a token.'),
  OTEL_TRACES_SAMPLER_ARG: z.coerce
    .number()
    .min(0)
    .max(1)
    .default(1)
    .describe('Of the traces that begin at the receiver, the share that is sent, 0 to 1.'),
  NGROK_AUTHTOKEN: z
    .string()
    .regex(/^[\w-]+$/, { error: 'must be a token of ngrok: letters, digits, hyphens and underscores' })
    .optional()
    .describe('Your token of ngrok, for `rollcall start --tunnel ngrok`.'),
  LOG_LEVEL: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
    .default('info')
    .describe('The least severe log line that is written.'),
  SHUTDOWN_GRACE_MS: milliseconds(25_000).describe(
    'How long a process may take to stop after SIGTERM before it is ended; below the 30 s after which Kubernetes kills.',
  ),
  SHUTDOWN_DRAIN_MS: z.coerce
    .number()
    .int()
    .min(0)
    .max(600_000)
    .default(0)
    .describe(
      'Of SHUTDOWN_GRACE_MS, how long the receiver goes on accepting webhooks after SIGTERM while `/readyz` is 503 already: as long as it takes until load balancers send it nothing. See docs/upgrading.md.',
    ),
} as const satisfies z.ZodRawShape
