import type { Handling, Outcome } from '@rollcall/mirror/tables'
import type { SourceRefusal } from '@rollcall/receiver/judge-source'
import type { Refusal } from '@rollcall/receiver/verify'
import { REQUEST_REFUSALS } from '@rollcall/receiver/webhook-request'
import { type Disposition, type ErrorCode, PipelineError } from '@rollcall/shared/errors'

const OUTCOMES: Readonly<Record<Outcome, string>> = {
  applied: 'Its row was written.',
  stale: 'Something newer stood there already, or came in the same batch. Nothing was changed, and nothing is wrong.',
  ignored: 'Its type is not mirrored, or is switched off in `rollcall.config.ts`.',
  refused: 'It is of an instance that `CLERK_INSTANCE_ID` does not name.',
  failed: 'It cannot be applied. `error` says why, and its body is kept: [replay](replay.md) it once that is mended.',
}

const HANDLINGS: Readonly<Record<Handling, string>> = {
  waiting: 'Its handler has not run yet, or threw and is tried again at `handle_at`.',
  handled: 'Its handler has run, and what it wrote through its transaction is committed.',
  failed: 'Its handler threw ten times. `handler_error` says what; run it again with `rollcall failed retry`.',
}

const DISPOSITIONS: Readonly<Record<Disposition, string>> = {
  retry: 'The world is broken and the event is fine: wait for the world. No attempt is spent.',
  fail: 'The event is broken and the world is fine: set it aside, as `failed`, and carry on.',
  halt: 'The installation is broken (schema, rights, keys): consume nothing until somebody has mended it. No attempt is spent.',
  attempt: 'Nobody knows: try again after pauses that grow, and fail once ten attempts have run out.',
}

/** What happened, and what to do. */
const CODES: Readonly<Record<ErrorCode, readonly [happened: string, remedy: string]>> = {
  payload_invalid: ['Clerk sent something without what a row needs.', 'Look at the body; upgrade Rollcall; retry.'],
  row_rejected: [
    'Postgres refuses what the event says.',
    'Mostly a constraint, index or trigger that somebody added to a mirrored table: remove it, then retry.',
  ],
  queue_unavailable: ['The queue did not answer within 5 s.', 'See to Redis. Clerk sends again what was refused.'],
  queue_full: ['Redis is nine tenths full.', 'More memory, or more workers. Clerk sends again what was refused.'],
  job_unreadable: [
    'The body on the queue is encrypted with a key that the worker lacks, or was changed there.',
    'Give workers the same `QUEUE_ENCRYPTION_KEY` as receivers, then retry.',
  ],
  clerk_unavailable: ['Clerk fails, hangs or cannot be reached.', 'Try again later.'],
  clerk_refused: ['Clerk refuses the key or the question.', 'Look at `CLERK_SECRET_KEY`.'],
  instance_refused: [
    '`CLERK_SECRET_KEY` is of another instance than the one that is mirrored.',
    'Use the key of that instance, or another schema for this one.',
  ],
  run_under_way: ['A backfill or reconcile of this schema is running.', 'Wait for it.'],
  database_unavailable: ['Postgres cannot be reached, or takes no work.', 'See to Postgres. Work goes on by itself.'],
  database_busy: ['A deadlock, or a lock that was not to be had.', 'Nothing: it is tried again.'],
  schema_mismatch: ['A table or column is missing.', '`rollcall migrate`. Work goes on by itself.'],
  permission_denied: ['The role may not do that.', '`rollcall doctor` tells the statement that grants it.'],
  session_needed: [
    'The queue lives in Postgres and `DATABASE_URL` leads to a pooler.',
    'Set `REDIS_URL`, or let `DATABASE_URL` lead to Postgres itself.',
  ],
  unexpected: ['Nobody foresaw this.', 'The log has its kind, the ledger its message. Report it.'],
}

const REFUSALS: Readonly<Record<Refusal | SourceRefusal, readonly [status: number, meaning: string]>> = {
  header_missing: [400, 'A header of Svix is missing: it was not sent by Svix, or a proxy took the header away.'],
  timestamp_invalid: [400, '`svix-timestamp` is not a number of seconds.'],
  timestamp_out_of_tolerance: [400, '`svix-timestamp` is more than 300 s from this clock: set the clocks right.'],
  signature_invalid: [
    400,
    "No signature matches. The secret is not this endpoint's, or something on the way changed the body: [rotate a secret](rotate-a-secret.md), [the handler that parses](move-from-a-handler.md).",
  ],
  source_not_allowed: [403, '`ALLOWED_SOURCES` does not name the address that it came from.'],
  source_hidden: [403, 'It came by a proxy that `TRUST_PROXY` does not name.'],
}

const table = (heads: readonly string[], rows: readonly (readonly string[])[]): readonly string[] =>
  [heads, heads.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`)

const coded = <Meaning>(meanings: Readonly<Record<string, Meaning>>): readonly (readonly [string, Meaning])[] =>
  Object.entries(meanings).map(([name, meaning]) => [`\`${name}\``, meaning])

const dispositionOf = (code: ErrorCode): string => `\`${new PipelineError(code, '').disposition}\``

/** What of a request is told before anybody looks at the webhook. */
const requestRefusals = (): readonly (readonly string[])[] =>
  Object.entries(REQUEST_REFUSALS).map(([code, { status, json }]) => [
    `\`${code}\``,
    String(status),
    (JSON.parse(json) as { readonly message: string }).message,
  ])

/** The page on outcomes and codes, in Markdown. */
export const outcomesPage = (): string =>
  [
    '# Outcomes and codes',
    '',
    '<!-- Written by `pnpm docs`. Change docs/outcomes-page.ts instead; the words are those of the code. -->',
    '',
    '## How an event ends',
    '',
    'Each message that was answered 2xx gets exactly one outcome, in `clerk.webhook_events`:',
    '',
    ...table(['outcome', 'meaning'], coded(OUTCOMES)),
    '',
    'A message that comes again after it was settled changes nothing; `duplicates` counts it.',
    '',
    '## How a handler ends',
    '',
    'An event with a handler of yours has `handling` as well:',
    '',
    ...table(['handling', 'meaning'], coded(HANDLINGS)),
    '',
    '## Codes',
    '',
    'Whatever goes wrong has one code, the same in the ledger, the log, the metrics, the console and the commands. What is done about it is',
    'decided by one table:',
    '',
    ...table(
      ['code', 'disposition', 'what happened', 'what to do'],
      Object.entries(CODES).map(([code, [happened, remedy]]) => [
        `\`${code}\``,
        dispositionOf(code as ErrorCode),
        happened,
        remedy,
      ]),
    ),
    '',
    ...table(['disposition', 'what Rollcall does'], coded(DISPOSITIONS)),
    '',
    'The [client](client.md#errors) in your app has some codes of its own.',
    '',
    '## What the receiver answers',
    '',
    'A refusal is JSON, `{ "error": "…", "message": "…" }`; the message says what to do. Clerk\'s dashboard shows it beside the attempt.',
    '',
    ...table(
      ['`error`', 'status', 'meaning'],
      [
        ['—', '200', 'The event is on the queue, durably.'],
        ...Object.entries(REFUSALS).map(([code, [status, meaning]]) => [`\`${code}\``, String(status), meaning]),
        ...requestRefusals(),
        [
          '`queue_unavailable`, `queue_full`',
          '503',
          'The queue did not take it. Svix sends it again, for a day and more.',
        ],
        ['`unexpected`', '503', 'A mistake of ours. Svix sends it again.'],
        ['`not_found`', '404', "Another path than the webhook's."],
      ],
    ),
    '',
  ].join('\n')
