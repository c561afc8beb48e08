import { once } from 'node:events'
import { createServer } from 'node:http'
import { text } from 'node:stream/consumers'
import { closeServer, portOf } from '@rollcall/shared/ops-server'

/** A span as it was exported. */
export interface ExportedSpan {
  readonly service: string
  readonly name: string
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId: string | undefined
  readonly kind: number
  readonly attributes: Readonly<Record<string, string | number>>
  readonly status: { readonly code?: number; readonly message?: string }
  readonly links: readonly { readonly traceId: string; readonly spanId: string }[]
  readonly tookMs: number
}

/** A collector of traces as there are in production, as far as it takes OTLP in JSON over HTTP. */
export interface Collector extends AsyncDisposable {
  readonly endpoint: string
  readonly spans: readonly ExportedSpan[]
  /** All that was sent, as it was written. */
  bodies(): string
  /** The headers of what was sent last. */
  headers(): Readonly<Record<string, unknown>>
}

export async function startCollector(): Promise<Collector> {
  const spans: ExportedSpan[] = []
  const bodies: string[] = []
  let headers = {}
  const server = createServer(async (request, response) => {
    const body = await text(request)
    if (request.url === '/v1/traces') {
      bodies.push(body)
      headers = request.headers
      spans.push(...readSpans(JSON.parse(body)))
    }
    response.writeHead(request.url === '/v1/traces' ? 200 : 404, { 'content-type': 'application/json' }).end('{}')
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    endpoint: `http://127.0.0.1:${portOf(server)}`,
    spans,
    bodies: () => bodies.join('\n'),
    headers: () => headers,
    [Symbol.asyncDispose]: () => closeServer(server),
  }
}

interface KeyValue {
  readonly key: string
  readonly value: { readonly stringValue?: string; readonly intValue?: number | string }
}

/** What of OTLP's JSON is read here. */
interface Exported {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly KeyValue[] }
    readonly scopeSpans: readonly {
      readonly spans: readonly (Omit<ExportedSpan, 'attributes'> & {
        readonly attributes: readonly KeyValue[]
        readonly startTimeUnixNano: string
        readonly endTimeUnixNano: string
      })[]
    }[]
  }[]
}

const readSpans = ({ resourceSpans }: Exported): ExportedSpan[] =>
  resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ spans }) =>
      spans.map((span) => ({
        service: String(readAttributes(resource.attributes)['service.name']),
        name: span.name,
        traceId: span.traceId,
        spanId: span.spanId,
        parentSpanId: span.parentSpanId,
        kind: span.kind,
        attributes: readAttributes(span.attributes),
        status: span.status,
        links: (span.links ?? []).map(({ traceId, spanId }) => ({ traceId, spanId })),
        tookMs: Number((BigInt(span.endTimeUnixNano) - BigInt(span.startTimeUnixNano)) / 1_000_000n),
      })),
    ),
  )

const readAttributes = (attributes: readonly KeyValue[]): Record<string, string | number> =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, value.stringValue ?? Number(value.intValue)] as const))
