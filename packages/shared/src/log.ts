import { type DestinationStream, pino, stdTimeFunctions } from 'pino'
import { describeError } from './describe-error.ts'
import { escapeUnseen } from './escape-unseen.ts'
import type { LogFields, LogName } from './log-events.ts'

/** Says a line of those that are documented, with fields that are [L8]. */
type Say = <Name extends LogName>(fields: LogFields<Name>, name: Name) => void

type SayFreely = (fields: object, name: string) => void

/** What somebody else's code says, under names of its own. */
export interface FreeLog {
  readonly info: SayFreely
  readonly warn: SayFreely
  readonly error: SayFreely
}

export interface Logger {
  readonly debug: Say
  readonly info: Say
  readonly warn: Say
  readonly error: Say
  readonly fatal: Say
  /** For a handler: its lines say by themselves of which event they are. */
  child(fields: { readonly messageId: string; readonly type: string }): FreeLog
}

/**
 * One JSON line a happening, named `noun.past_verb`. Error objects are cut to what tells them apart: a driver's error
 * carries the query's parameters, and those are payload [L2].
 */
export function createLog(options: { level: string; process: string; destination?: DestinationStream }): Logger {
  const { destination = standardOutput() } = options
  return pino(
    {
      level: options.level,
      base: { process: options.process },
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { error: describeError },
    },
    // One line stays one, whoever reads it and whatever an id or a name holds [L20].
    { write: (line) => destination.write(escapeUnseen(line)) },
  )
}

/** One for the process, however many logs it has: each waits for its end. */
let output: DestinationStream | undefined

function standardOutput(): DestinationStream {
  output ??= openStandardOutput()
  return output
}

/** Some 60 lines; what a turn says beyond is written in between. `sonic-boom` asks for less than its 16 KB a write. */
const BUFFER_BYTES = 16_000

/**
 * Writes the lines of one turn of the event loop together: a batch of 500 events is as many lines, and a system call for
 * each is half of what a line costs. A process that ends by itself has written all; one that is killed lacks a turn.
 */
function openStandardOutput(): DestinationStream {
  const output = pino.destination({ sync: true, minLength: BUFFER_BYTES })
  let isScheduled = false
  const flush = () => {
    isScheduled = false
    output.flushSync()
  }
  process.once('exit', flush)
  return {
    write(line) {
      output.write(line)
      if (isScheduled) return
      isScheduled = true
      setImmediate(flush)
    },
  }
}
