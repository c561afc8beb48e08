import { createLog, type Logger } from '@rollcall/shared/log'

export type LogLine = Readonly<Record<string, unknown>>

/** A log that a test can read: as text, for what must not be in it, and line by line. */
export function captureLog(): { readonly log: Logger; text(): string; lines(event: string): LogLine[] } {
  const written: string[] = []
  return {
    log: createLog({ level: 'trace', process: 'test', destination: { write: (line) => void written.push(line) } }),
    text: () => written.join(''),
    lines: (event) => written.map((line) => JSON.parse(line)).filter((line) => line.msg === event),
  }
}
