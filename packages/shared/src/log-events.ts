/** Who says a line. `start` is `rollcall start` itself, in which receiver and worker say theirs. */
export type LogProcess = 'receiver' | 'worker' | 'console' | 'start'

export type LogLevel = 'fatal' | 'error' | 'warn' | 'info' | 'debug'

export interface LogEvent {
  readonly saidBy: readonly LogProcess[]
  /** The most severe last. */
  readonly levels: readonly LogLevel[]
  readonly meaning: string
  /** What each field tells, by its name. */
  readonly fields: Readonly<Record<string, string>>
}

const EVERYBODY = ['receiver', 'worker', 'console', 'start'] as const

const MESSAGE_ID = "Svix's message id"
const TYPE = "the event's type; nothing where the body is no Clerk event"
const ENTITY_ID = 'the id of what the event is about, `user_…`'
const ERROR_CODE = 'our code for what went wrong'
const SQL_STATE = "Postgres's own code for it"
const ERROR = 'what went wrong: type, code, message where it cannot quote an event, and the same of its cause'
const SUPPRESSED = 'how often the same was not said since it was said last'
const GRACE_MS = '`SHUTDOWN_GRACE_MS`'
const OPS_PORT = 'the port of `/metrics`, `/healthz` and `/readyz`'
const BACKEND = 'where the queue is: `redis` or `postgres`'

/**
 * Every line that Rollcall writes to its log, by name: names and fields are API. `docs/log-events.md` is written from this,
 * and code cannot log a name that is not here, nor a field that is not of it [L8].
 */
export const LOG_EVENTS = {
  'event.settled': {
    saidBy: ['worker'],
    levels: ['info', 'warn'],
    meaning: 'An event has ended, and the ledger holds how: one line for each. A warning where it failed.',
    fields: {
      messageId: MESSAGE_ID,
      type: TYPE,
      entityId: ENTITY_ID,
      outcome: '`applied`, `stale`, `ignored`, `failed` or `duplicate`',
      attempts: 'how often it has been taken up',
      waitedMs: 'since it was received',
      lagMs: 'since it happened at Clerk',
      errorCode: ERROR_CODE,
      sqlState: SQL_STATE,
    },
  },
  'event.postponed': {
    saidBy: ['worker'],
    levels: ['warn'],
    meaning: 'An attempt at an event failed for a reason that nobody knows. It is made again after a pause that grows.',
    fields: {
      messageId: MESSAGE_ID,
      attempts: 'how often it has been taken up',
      errorCode: ERROR_CODE,
      sqlState: SQL_STATE,
    },
  },
  'events.refused': {
    saidBy: ['worker'],
    levels: ['warn'],
    meaning: 'Events of an instance that `CLERK_INSTANCE_ID` does not name came: at once, then at most once a minute.',
    fields: { instanceId: 'the instance of the last one', refused: 'how many since this was said last' },
  },
  'handler.ended': {
    saidBy: ['worker'],
    levels: ['info', 'warn'],
    meaning: 'A handler has run. A warning where it failed; what it threw is in the ledger.',
    fields: {
      messageId: MESSAGE_ID,
      type: TYPE,
      entityId: ENTITY_ID,
      result: '`handled`, `waiting` (it is tried again) or `failed`',
      attempts: 'how often it has been run for this event',
      tookMs: 'with its transaction',
      errorType: 'the name of the error that it threw',
    },
  },
  'webhook.accepted': {
    saidBy: ['receiver'],
    levels: ['debug'],
    meaning: 'A webhook is on the queue, and its sender was told so.',
    fields: { messageId: MESSAGE_ID, bytes: 'of its body', durationMs: 'from its verification to the answer' },
  },
  'webhook.refused': {
    saidBy: ['receiver'],
    levels: ['warn'],
    meaning:
      'A request did not verify, and was answered 400; or it came from elsewhere than `ALLOWED_SOURCES`, and was answered 403.',
    fields: {
      reason:
        '`header_missing`, `timestamp_invalid`, `timestamp_out_of_tolerance` or `signature_invalid`; `source_not_allowed`, or `source_hidden` where a proxy stands before it that `TRUST_PROXY` does not name',
      ip: "the sender's address, as far as `TRUST_PROXY` lets it be told",
      bytes: 'of its body; nothing where it was not read',
    },
  },
  'webhook.deferred': {
    saidBy: ['receiver'],
    levels: ['error'],
    meaning: 'The queue did not take a webhook, which was answered 503: its sender tries again.',
    fields: { messageId: MESSAGE_ID, error: ERROR },
  },
  'request.failed': {
    saidBy: ['receiver', 'console'],
    levels: ['error'],
    meaning:
      'A request was answered 503: by the receiver, which is a mistake of ours; or by the console, mostly for Postgres or the queue being away.',
    fields: {
      error: ERROR,
      method: 'of the request, at the console',
      route: 'what was asked for there, without the ids',
    },
  },
  'consumption.paused': {
    saidBy: ['worker'],
    levels: ['warn', 'error'],
    meaning:
      'Postgres does not take what is written, and nothing is consumed until it does. An error where people must act.',
    fields: { error: ERROR },
  },
  'consumption.resumed': {
    saidBy: ['worker'],
    levels: ['info'],
    meaning: 'Postgres takes what is written again.',
    fields: { outageMs: 'how long it did not' },
  },
  'reconcile.finished': {
    saidBy: ['worker'],
    levels: ['info', 'warn'],
    meaning: 'A scheduled reconcile has ended. A warning where rows differed from Clerk.',
    fields: {
      outcome: '`agreed`, `drifted` or `mended`',
      driftedRows: 'rows that differed',
      mendedRows: 'rows that were written',
      durationMs: 'from its start',
    },
  },
  'reconcile.skipped': {
    saidBy: ['worker'],
    levels: ['info'],
    meaning: 'A reconcile was due while another was under way.',
    fields: {},
  },
  'reconcile.failed': {
    saidBy: ['worker'],
    levels: ['error'],
    meaning: 'A scheduled reconcile has failed. It is tried again.',
    fields: { error: ERROR },
  },
  'queue.errored': {
    saidBy: ['receiver', 'worker', 'console'],
    levels: ['error'],
    meaning: 'Trouble with the queue: each kind at once, its repetitions every 30 s.',
    fields: { error: ERROR, suppressed: SUPPRESSED },
  },
  'database.errored': {
    saidBy: ['worker', 'console'],
    levels: ['error'],
    meaning: 'Trouble with Postgres beside the events: connections, handlers, upkeep. As above.',
    fields: { error: ERROR, suppressed: SUPPRESSED },
  },
  'clerk.errored': {
    saidBy: ['worker', 'console'],
    levels: ['error'],
    meaning: "Clerk's Backend API did not answer what is asked now and then. As above.",
    fields: { error: ERROR, suppressed: SUPPRESSED },
  },
  'traces.errored': {
    saidBy: ['receiver', 'worker'],
    levels: ['error'],
    meaning: 'The collector did not take traces, which are lost. As above.',
    fields: { error: ERROR, suppressed: SUPPRESSED },
  },
  'receiver.misconfigured': {
    saidBy: ['receiver'],
    levels: ['error'],
    meaning:
      'A webhook came to an app with `createWebhookHandler` whose variables are missing or wrong. It was answered 503.',
    fields: { problem: 'what is wrong, by name and never with a value' },
  },
  'receiver.started': {
    saidBy: ['receiver'],
    levels: ['info', 'warn'],
    meaning: 'The receiver takes webhooks. A warning where the queue is away or not durable.',
    fields: {
      port: 'where it listens',
      opsPort: OPS_PORT,
      backend: BACKEND,
      ready: 'as `/readyz` says it',
      checks: 'what `/readyz` says of each part',
    },
  },
  'worker.started': {
    saidBy: ['worker'],
    levels: ['info'],
    meaning: 'The worker runs. It consumes once Postgres is there with a schema that fits, which `/readyz` tells.',
    fields: { opsPort: OPS_PORT, backend: BACKEND, batchSize: '`BATCH_SIZE`' },
  },
  'console.started': {
    saidBy: ['console'],
    levels: ['info', 'warn'],
    meaning: 'The console answers. A warning where nobody has to sign in, for then it answers to its own machine only.',
    fields: {
      port: 'where it listens',
      ways: 'how people get in: `clerk`, `token`, `basic`; none where nobody has to sign in',
      message: 'where to find it, and why it is not to be had from elsewhere',
    },
  },
  'run.ended': {
    saidBy: ['console'],
    levels: ['info'],
    meaning: 'What somebody started in the console has ended, or was stopped. The audit log has it too.',
    fields: {
      run: 'its id, for as long as the console runs',
      action: '`replay` or `discard`',
      actor: 'who started it',
      selected: 'events that the selection found',
      events: 'events that went back to the queue',
      handlers: 'handlers that are due again',
      unplayable: 'how many cannot be played again, by reason',
      examples: 'ids of some of those',
      discarded: 'failures that were discarded',
      isStopped: 'whether it was stopped before its end',
    },
  },
  'run.failed': {
    saidBy: ['console'],
    levels: ['error'],
    meaning: 'What somebody started in the console has failed. What it had done until then stays done.',
    fields: {
      run: 'its id, for as long as the console runs',
      action: '`replay` or `discard`',
      actor: 'who started it',
      error: ERROR,
    },
  },
  'shutdown.started': {
    saidBy: EVERYBODY,
    levels: ['info'],
    meaning: 'The process was told to stop.',
    fields: { signal: '`SIGTERM` or `SIGINT`', graceMs: GRACE_MS },
  },
  'shutdown.overran': {
    saidBy: EVERYBODY,
    levels: ['error'],
    meaning: 'It did not stop within its grace, and ends at once with exit code 1. Nothing is lost.',
    fields: { graceMs: GRACE_MS },
  },
  'process.stopped': {
    saidBy: ['receiver', 'worker', 'console'],
    levels: ['info'],
    meaning: 'The process has stopped as it was told, and exits 0.',
    fields: {},
  },
  'process.failed': {
    saidBy: ['receiver', 'worker', 'console'],
    levels: ['fatal'],
    meaning: 'The process could not start, or not stop in good order, and exits 1.',
    fields: { error: ERROR },
  },
  'process.crashed': {
    saidBy: ['receiver', 'worker', 'console'],
    levels: ['fatal'],
    meaning:
      'Something was thrown where nobody catches it, by Rollcall or by a handler, and the process exits 1. What was in hand is taken up again.',
    fields: { errorType: 'the name of the error', errorCode: 'its code, if it has one', at: 'where it was thrown' },
  },
} as const satisfies Readonly<Record<`${string}.${string}`, LogEvent>>

export type LogName = keyof typeof LOG_EVENTS

/** What may be told with a name. */
export type LogFields<Name extends LogName> = {
  readonly [Field in keyof (typeof LOG_EVENTS)[Name]['fields']]?: unknown
}

/** The names of troubles with others, which may come again and again. */
export type TroubleName = Extract<LogName, `${string}.errored`>
