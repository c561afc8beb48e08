import { type DestinationStream, type Logger, pino, stdTimeFunctions } from 'pino'

export type { Logger }

/**
 * One JSON line a happening, named `noun.past_verb`. Error objects are cut to what tells them apart: a driver's error
 * carries the query's parameters, and those are payload [L2].
 */
export function createLog(options: { level: string; process: string; destination?: DestinationStream }): Logger {
  return pino(
    {
      level: options.level,
      base: { process: options.process },
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { error: describeError },
    },
    options.destination ?? pino.destination({ sync: true }),
  )
}

interface DescribedError {
  readonly type: string
  readonly code?: string
  readonly message: string
  readonly cause?: DescribedError
}

function describeError(error: unknown): DescribedError | unknown {
  if (!(error instanceof Error)) return error
  const { code } = error as { code?: unknown }
  return {
    type: error.name,
    ...(typeof code === 'string' && { code }),
    message: error.message,
    ...(error.cause instanceof Error && { cause: describeError(error.cause) as DescribedError }),
  }
}
