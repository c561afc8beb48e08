import { oneLine } from './one-line.ts'
import { wrap } from './wrap.ts'

/** Rows as blocks of a line for each cell, for a terminal that is too narrow for a table of them. */
export function formatRecords(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  columns: number | undefined,
): readonly string[] {
  const width = Math.max(...header.map((name) => name.length)) + 2
  const left = columns === undefined ? undefined : columns - width
  const records = rows.map((row) =>
    row.flatMap((cell, i) =>
      wrap(oneLine(cell), left).map((line, part) => (part === 0 ? header[i]! : '').padEnd(width) + line),
    ),
  )
  return records.flatMap((record, i) => (i === 0 ? record : ['', ...record]))
}
