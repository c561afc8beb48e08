import { errorLog } from '@rollcall/shared/error-log'
import type { Logger } from '@rollcall/shared/log'
import type { Tracing } from '@rollcall/shared/tracing'

/** The variables that say whether and where traces go, by their names. */
export interface TracingConfig {
  readonly OTEL_EXPORTER_OTLP_ENDPOINT?: string | undefined
  readonly OTEL_EXPORTER_OTLP_HEADERS?: Readonly<Record<string, string>> | undefined
  readonly OTEL_TRACES_SAMPLER_ARG: number
}

/** Tracing, where an endpoint is set. Where none is, nothing of OpenTelemetry's SDK is so much as loaded [L4]. */
export async function openTracing(
  config: TracingConfig,
  process: 'receiver' | 'worker',
  log: Logger,
): Promise<Tracing | undefined> {
  const { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint } = config
  if (endpoint === undefined) return undefined
  const { createOtlpTracing } = await import('./otlp-tracing.ts')
  return createOtlpTracing({
    endpoint,
    headers: config.OTEL_EXPORTER_OTLP_HEADERS ?? {},
    sampledShare: config.OTEL_TRACES_SAMPLER_ARG,
    process,
    onError: errorLog(log, 'traces.errored'),
  })
}
