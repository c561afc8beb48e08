/** Which process tells a metric. */
export type MetricsProcess = 'receiver' | 'worker'

/** What a metric is, for Prometheus and for people. */
export interface Metric {
  readonly type: 'counter' | 'gauge' | 'histogram'
  readonly toldBy: readonly MetricsProcess[]
  readonly help: string
  /** What each label tells, by its name. A label has few values, whatever comes: each is a time series of its own [P3]. */
  readonly labels: Readonly<Record<string, string>>
  /** Of a histogram: the upper bounds of its buckets. */
  readonly buckets?: readonly number[]
}

const EVENT_TYPE = "the event's type; `other` where Clerk documents none such"
const ERROR_CODE = 'our code for what went wrong, as in the ledger and the log'

/** A signature takes some tens of microseconds, a body of a megabyte some milliseconds. */
const VERIFICATION_SECONDS = [0.000_05, 0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.05]

/** From a Redis next door to the five seconds after which the sender is told to come back. */
const ENQUEUE_SECONDS = [0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5]

const BATCH_SECONDS = [0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60]

/** Up to the largest batch that may be asked for. */
const BATCH_EVENTS = [1, 2, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000]

/** From a healthy pipeline's milliseconds to the day and more for which Svix tries again. */
const LAG_SECONDS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3_600, 14_400, 86_400]

/** From one small query to far beyond the time that a handler has unless told otherwise. */
const HANDLER_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300]

/**
 * Every metric that Rollcall tells: its name is API. `docs/metrics.md` is written from this, and code cannot tell a metric
 * that is not here, nor under labels that are not here [P1].
 */
export const METRICS = {
  rollcall_build_info: {
    type: 'gauge',
    toldBy: ['receiver', 'worker'],
    help: 'Always 1: what runs, by its labels.',
    labels: { version: "Rollcall's version", process: '`receiver` or `worker`', node: "Node's version" },
  },

  rollcall_webhooks_total: {
    type: 'counter',
    toldBy: ['receiver'],
    help: 'Requests to the webhook path, by how they were answered.',
    labels: {
      status: 'the HTTP status',
      reason: '`accepted`, or why not, as the answer says it: `signature_invalid`, `queue_unavailable` and so on',
    },
  },
  rollcall_webhook_verification_seconds: {
    type: 'histogram',
    toldBy: ['receiver'],
    help: 'Time to check the signature of a webhook, whether it was good or not.',
    labels: {},
    buckets: VERIFICATION_SECONDS,
  },
  rollcall_webhook_enqueue_seconds: {
    type: 'histogram',
    toldBy: ['receiver'],
    help: 'Time until the queue has taken a verified webhook, or it was given up.',
    labels: {},
    buckets: ENQUEUE_SECONDS,
  },
  rollcall_queue_jobs: {
    type: 'gauge',
    toldBy: ['receiver'],
    help: 'Jobs on the queue, by the state they are in. `delayed` ones wait for their next attempt.',
    labels: { state: '`waiting`, `active`, `delayed` or `failed`' },
  },
  rollcall_queue_oldest_waiting_age_seconds: {
    type: 'gauge',
    toldBy: ['receiver'],
    help: 'Seconds since the job that is next was put on the queue; 0 when none waits.',
    labels: {},
  },
  rollcall_queue_paused: {
    type: 'gauge',
    toldBy: ['receiver'],
    help: '1 while somebody has paused the queue, so that no worker is handed a job; else 0.',
    labels: {},
  },
  rollcall_queue_connected_processes: {
    type: 'gauge',
    toldBy: ['receiver'],
    help: "Processes that are connected to the queue, where the queue's server shows that.",
    labels: { role: '`receiver` or `worker`' },
  },
  rollcall_redis_memory_used_bytes: {
    type: 'gauge',
    toldBy: ['receiver'],
    help: 'Memory in use by the Redis that holds the queue; of a cluster, by its fullest node.',
    labels: {},
  },
  rollcall_redis_memory_limit_bytes: {
    type: 'gauge',
    toldBy: ['receiver'],
    help: 'The `maxmemory` of that Redis; no sample where it has no limit.',
    labels: {},
  },
  rollcall_redis_evicted_keys_total: {
    type: 'counter',
    toldBy: ['receiver'],
    help: 'Keys that Redis has evicted since it started, on all nodes. Each may have been a waiting event.',
    labels: {},
  },

  rollcall_events_settled_total: {
    type: 'counter',
    toldBy: ['worker'],
    help: 'Events by type and outcome; `duplicate`: the message had been settled before.',
    labels: { type: EVENT_TYPE, outcome: '`applied`, `stale`, `ignored`, `refused`, `failed` or `duplicate`' },
  },
  rollcall_events_failed_total: {
    type: 'counter',
    toldBy: ['worker'],
    help: 'Events that were set aside as failed.',
    labels: { type: EVENT_TYPE, code: ERROR_CODE },
  },
  rollcall_event_attempts_failed_total: {
    type: 'counter',
    toldBy: ['worker'],
    help: 'Attempts at an event that failed and are made again: after an outage, or with a pause that grows.',
    labels: { type: EVENT_TYPE, code: ERROR_CODE },
  },
  rollcall_batch_events: {
    type: 'histogram',
    toldBy: ['worker'],
    help: 'Events in a batch.',
    labels: {},
    buckets: BATCH_EVENTS,
  },
  rollcall_batch_seconds: {
    type: 'histogram',
    toldBy: ['worker'],
    help: 'Time to write a batch, whether Postgres took it or not.',
    labels: {},
    buckets: BATCH_SECONDS,
  },
  rollcall_event_lag_seconds: {
    type: 'histogram',
    toldBy: ['worker'],
    help: 'From when an event happened at Clerk until it was committed; without duplicates and failed ones.',
    labels: {},
    buckets: LAG_SECONDS,
  },
  rollcall_event_settle_seconds: {
    type: 'histogram',
    toldBy: ['worker'],
    help: 'From when an event was received until it was committed; without duplicates and failed ones.',
    labels: {},
    buckets: LAG_SECONDS,
  },
  rollcall_handlers_ended_total: {
    type: 'counter',
    toldBy: ['worker'],
    help: 'Runs of handlers by event type and result; `waiting`: it failed and is tried again.',
    labels: { type: EVENT_TYPE, result: '`handled`, `waiting` or `failed`' },
  },
  rollcall_handler_seconds: {
    type: 'histogram',
    toldBy: ['worker'],
    help: "Time that a handler's run took with its transaction, however it ended.",
    labels: { type: EVENT_TYPE },
    buckets: HANDLER_SECONDS,
  },
  rollcall_failures_unresolved: {
    type: 'gauge',
    toldBy: ['worker'],
    help: 'Failed events, and events whose handler failed for good, that nobody has retried or discarded.',
    labels: { what: '`event` or `handler`' },
  },
  rollcall_last_webhook_age_seconds: {
    type: 'gauge',
    toldBy: ['worker'],
    help: 'Seconds since the newest verified webhook came, of those that have been settled.',
    labels: {},
  },
  rollcall_users: {
    type: 'gauge',
    toldBy: ['worker'],
    help: 'Users that are not deleted, where: in the mirror, or at Clerk.',
    labels: { where: '`mirror` or `clerk`' },
  },
  rollcall_users_difference: {
    type: 'gauge',
    toldBy: ['worker'],
    help: 'Users at Clerk less users in the mirror, both counted within seconds of each other.',
    labels: {},
  },
  rollcall_reconcile_mended_rows_total: {
    type: 'counter',
    toldBy: ['worker'],
    help: 'Rows that reconciles have written, by whichever process.',
    labels: {},
  },
  rollcall_reconcile_drifted_rows: {
    type: 'gauge',
    toldBy: ['worker'],
    help: 'Rows that differed from Clerk in the last reconcile that did not fail, by resource and by how.',
    labels: { resource: "the resource's name, `user`", kind: '`missing`, `older`, `changed` or `gone`' },
  },
  rollcall_reconcile_last_finished_timestamp_seconds: {
    type: 'gauge',
    toldBy: ['worker'],
    help: 'When the last reconcile ended, by its outcome.',
    labels: { outcome: '`agreed`, `drifted`, `mended` or `failed`' },
  },
  rollcall_pool_connections: {
    type: 'gauge',
    toldBy: ['worker'],
    help: 'Connections to Postgres, by pool and by what they do.',
    labels: {
      pool: '`mirror`, or `handlers` where there are handlers',
      state: '`idle`, `used`, or `waiting`: asked for, and none free',
    },
  },
  rollcall_database_available: {
    type: 'gauge',
    toldBy: ['worker'],
    help: '1 while Postgres takes what is written; 0 while the worker waits for it and consumes nothing.',
    labels: {},
  },
} as const satisfies Readonly<Record<`rollcall_${string}`, Metric>>

export type MetricName = keyof typeof METRICS
