/**
 * What a span tells of an event, by name: OpenTelemetry's own names where it has any. Nothing of a payload but the event's
 * type and the id of what it is about, no header, no secret, and no message of an error [L5].
 */
export const SPAN_ATTRIBUTES = {
  'rollcall.message.id': "Svix's message id",
  'rollcall.event.type': "the event's type, `user.created`",
  'rollcall.entity.id': 'the id of what the event is about, `user_…`',
  'rollcall.outcome': 'how the event ended: `applied`, `stale`, `ignored`, `refused`, `failed` or `duplicate`',
  'rollcall.attempts': 'how often the event has been taken up',
  'rollcall.batch.size': 'events in the transaction',
  'http.request.method': '`POST`',
  'http.route': '`/api/webhooks`',
  'http.response.status_code': 'what the sender was answered',
  'messaging.system': '`bullmq`',
  'messaging.destination.name': 'the queue, `webhooks`',
  'messaging.operation.type': '`send` or `process`',
  'messaging.batch.message_count': 'deliveries that went to the queue in the same round trip',
  'db.system.name': '`postgresql`',
  'error.type': "our code for what went wrong; the span's status says it too",
} as const satisfies Readonly<Record<string, string>>

export type SpanAttributes = { readonly [Name in keyof typeof SPAN_ATTRIBUTES]?: string | number | null }

/** Names of spans, and what each spans. */
export const SPANS = {
  'POST /api/webhooks': 'from the arrival of a request whose signature is right until its answer',
  'webhooks add': 'handing the delivery to the queue: waiting for its batch, and the round trip',
  'webhooks process': 'a job from when a worker takes it up until its event is settled, or put back',
  'mirror transaction': 'the transaction that settled the event, or tried to',
  'mirror batch': 'the same transaction, once, in a trace of its own',
} as const satisfies Readonly<Record<string, string>>

/** Where a span is in its trace, as it travels from process to process: the value of W3C's header `traceparent`. */
export type Traceparent = string

export interface Span {
  readonly traceparent: Traceparent
  /** Whether anybody will see it. */
  readonly isSampled: boolean
  set(attributes: SpanAttributes): void
  /** Something failed, for this reason of ours. */
  fail(code: string): void
  end(): void
}

export interface SpanOptions {
  readonly kind: 'server' | 'producer' | 'consumer' | 'client'
  /** It begins a trace of its own where there is none. */
  readonly parent?: Traceparent | undefined
  /** Spans of other traces that it has to do with. It is sampled where one of them is. */
  readonly links?: readonly Traceparent[]
  /** In milliseconds; now, unless it has begun before. */
  readonly startedAt?: number | undefined
  readonly attributes: SpanAttributes
}

/** Tells what happens as spans. Where there is no tracing there is none of it: callers have `Tracing | undefined`. */
export interface Tracing {
  startSpan(name: keyof typeof SPANS, options: SpanOptions): Span
  /** Sends what has not been sent, for as long as a process that stops can wait for it. */
  close(): Promise<void>
}
