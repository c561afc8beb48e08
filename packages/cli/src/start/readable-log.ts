import { prettyFactory } from 'pino-pretty'
import { styledText } from '../terminal-text.ts'

/** The log as people read it beside the panel: a line each, in colours where there are any. */
export function readableLog(write: (text: string) => void): { write(line: string): void } {
  const format = prettyFactory({
    ignore: 'process',
    messageFormat: '{process} {msg}',
    translateTime: 'SYS:HH:MM:ss.l',
    singleLine: true,
  })
  // What the JSON had escaped stands in these lines as it was.
  return { write: (line) => write(styledText(format(line))) }
}
