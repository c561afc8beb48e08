import { oneLine } from './one-line.ts'

const GAP = '  '

/**
 * Rows in aligned columns under a header. Where the terminal is too narrow the last column is cut, so that each row
 * stays on its line.
 */
export function formatTable(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  columns: number | undefined,
): readonly string[] {
  const all = [header.map((name) => name.toUpperCase()), ...rows.map((row) => row.map(oneLine))]
  const widths = header.map((_, i) => Math.max(...all.map((row) => row[i]!.length)))
  return all.map((row) => {
    const line = row
      .map((cell, i) => cell.padEnd(widths[i]!))
      .join(GAP)
      .trimEnd()
    return columns !== undefined && line.length > columns ? `${line.slice(0, columns - 1)}…` : line
  })
}

/** Whether all but the last column can be seen whole. */
export const fitsBeforeLast = (
  header: readonly string[],
  rows: readonly (readonly string[])[],
  columns: number | undefined,
): boolean =>
  columns === undefined ||
  formatTable(
    header.slice(0, -1),
    rows.map((row) => row.slice(0, -1)),
    undefined,
  ).every((line) => line.length < columns)
