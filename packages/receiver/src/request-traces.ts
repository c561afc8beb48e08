import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Span, Tracing } from '@rollcall/shared/tracing'
import { WEBHOOK_PATH } from './config.ts'

/** The traces of requests. */
export interface RequestTraces {
  /**
   * Notes when a request came, before its body is read. What it returns begins the span of the request once that is
   * verified, as of when it came; the span ends with the answer.
   */
  arrived(request: IncomingMessage, response: ServerResponse): (messageId: string) => Span
}

/**
 * A trace begins, or goes on, only once the signature is right: strangers are in the log and in the metrics, and can
 * neither fill a trace store nor say by their `traceparent` what is sampled [L5]. Of headers only `traceparent` is read:
 * what `tracestate` and `baggage` hold is anybody's text, and would be sent along.
 */
export function createRequestTraces(tracing: Tracing, now: () => number): RequestTraces {
  return {
    arrived(request, response) {
      const startedAt = now()
      return (messageId) => {
        const { traceparent } = request.headers
        const span = tracing.startSpan('POST /api/webhooks', {
          kind: 'server',
          parent: typeof traceparent === 'string' ? traceparent : undefined,
          startedAt,
          attributes: {
            'http.request.method': 'POST',
            'http.route': WEBHOOK_PATH,
            'rollcall.message.id': messageId,
          },
        })
        response.once('close', () => {
          span.set({ 'http.response.status_code': response.statusCode })
          span.end()
        })
        return span
      }
    },
  }
}
