import { hostname } from 'node:os'
import { type Link, ROOT_CONTEXT, SpanKind, SpanStatusCode, TraceFlags, trace } from '@opentelemetry/api'
import { ExportResultCode, parseTraceParent } from '@opentelemetry/core'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { BatchSpanProcessor, type SpanExporter, TracerProvider } from '@opentelemetry/sdk-trace'
import { DeadlineExceeded, withDeadline } from '@rollcall/shared/deadline'
import type { Span, SpanAttributes, Traceparent, Tracing } from '@rollcall/shared/tracing'
import { VERSION } from '@rollcall/shared/version'
import { createSampler } from './sampler.ts'

/** How long a collector may take for what it is sent, with repetitions; what it has not taken by then is lost. */
const EXPORT_TIMEOUT_MS = 5_000

/** How long a process that stops waits for its last spans; twice that, and handlers' 5 s, within the 9 s of `rollcall start`. */
const FLUSH_MS = 1_500

/** Spans that wait to be sent, at the most: some 5 MB. Beyond, spans are dropped, and nothing waits. */
const MOST_WAITING = 8_192

/** Above the longest id that the mirror knows. */
const MOST_CHARACTERS = 255

const KINDS = {
  server: SpanKind.SERVER,
  producer: SpanKind.PRODUCER,
  consumer: SpanKind.CONSUMER,
  client: SpanKind.CLIENT,
} as const

export interface OtlpOptions {
  /** The collector's address, without `/v1/traces`. */
  readonly endpoint: string
  readonly headers: Readonly<Record<string, string>>
  /** Of the traces that begin here, the share that is sent: 0 to 1. */
  readonly sampledShare: number
  readonly process: 'receiver' | 'worker'
  readonly onError: (error: Error) => void
}

/**
 * Tracing by OpenTelemetry's SDK, sent as OTLP in JSON over HTTP. Nothing is registered globally: two processes' tracing may
 * be in one, as in `rollcall start`, and what an app's own code traces stays its own.
 */
export function createOtlpTracing({ endpoint, headers, sampledShare, process, onError }: OtlpOptions): Tracing {
  const exporter = new OTLPTraceExporter({
    url: `${endpoint.replace(/\/+$/, '')}/v1/traces`,
    headers: { ...headers },
    timeoutMillis: EXPORT_TIMEOUT_MS,
  })
  const provider = new TracerProvider({
    resource: resourceFromAttributes({
      'service.name': `rollcall-${process}`,
      'service.version': VERSION,
      'host.name': hostname(),
    }),
    sampler: createSampler(sampledShare),
    spanLimits: { attributeValueLengthLimit: MOST_CHARACTERS },
    spanProcessors: [
      new BatchSpanProcessor({
        exporter: telling(exporter, onError),
        maxQueueSize: MOST_WAITING,
        exportTimeoutMillis: EXPORT_TIMEOUT_MS,
      }),
    ],
  })
  const tracer = provider.getTracer('rollcall', VERSION)

  return {
    startSpan(name, { kind, parent, links = [], startedAt, attributes }) {
      const parentContext = parent === undefined ? null : parseTraceParent(parent)
      const context = parentContext
        ? trace.setSpanContext(ROOT_CONTEXT, { ...parentContext, isRemote: true })
        : ROOT_CONTEXT
      const span = tracer.startSpan(
        name,
        {
          kind: KINDS[kind],
          links: links.flatMap(linkTo),
          attributes: present(attributes),
          ...(startedAt !== undefined && { startTime: startedAt }),
        },
        context,
      )
      return {
        traceparent: traceparentOf(span.spanContext()),
        isSampled: isSampled(span.spanContext()),
        set: (more) => void span.setAttributes(present(more)),
        fail(code) {
          span.setAttribute('error.type', code)
          span.setStatus({ code: SpanStatusCode.ERROR, message: code })
        },
        end: () => span.end(),
      } satisfies Span
    },
    async close() {
      try {
        await withDeadline(provider.shutdown(), FLUSH_MS)
      } catch (error) {
        onError(
          error instanceof DeadlineExceeded
            ? new Error(`the last spans were not taken within ${FLUSH_MS} ms`)
            : (error as Error),
        )
      }
    },
  }
}

/** An exporter that says what failed, which OpenTelemetry keeps to itself unless it is asked for all that it has to say. */
const telling = (exporter: SpanExporter, onError: (error: Error) => void): SpanExporter => ({
  export: (spans, done) =>
    exporter.export(spans, (result) => {
      if (result.code === ExportResultCode.FAILED) onError(result.error ?? new Error('the spans were not taken'))
      done({ code: ExportResultCode.SUCCESS })
    }),
  shutdown: () => exporter.shutdown(),
  forceFlush: async () => exporter.forceFlush?.(),
})

interface SpanPlace {
  readonly traceId: string
  readonly spanId: string
  readonly traceFlags: number
}

const isSampled = ({ traceFlags }: SpanPlace): boolean => (traceFlags & TraceFlags.SAMPLED) !== 0

const traceparentOf = (place: SpanPlace): Traceparent =>
  `00-${place.traceId}-${place.spanId}-${isSampled(place) ? '01' : '00'}`

function linkTo(traceparent: Traceparent): Link[] {
  const context = parseTraceParent(traceparent)
  return context ? [{ context }] : []
}

/** Without what is not known. */
const present = (attributes: SpanAttributes): Record<string, string | number> =>
  Object.fromEntries(Object.entries(attributes).filter((entry): entry is [string, string | number] => entry[1] != null))
