import { createLog, type Logger } from '@rollcall/shared/log'

export type LogLine = Readonly<Record<string, unknown>>

/** A log that a test can read: as text, for what must not be in it, and line by line. */
export function captureLog(): { readonly log: Logger; text(): string; lines(event: string): LogLine[] } {
  const written: string[] = []
  const parsed: LogLine[] = []
  // Parsed as they come: a test asks again and again, and thousands of lines would hold up what it waits for.
  const write = (line: string) => {
    written.push(line)
    parsed.push(JSON.parse(line))
  }
  return {
    log: createLog({ level: 'trace', process: 'test', destination: { write } }),
    text: () => written.join(''),
    lines: (event) => parsed.filter((line) => line.msg === event),
  }
}
