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
  const all = [header.map((name) => name.toUpperCase()), ...rows]
  const widths = header.map((_, i) => Math.max(...all.map((row) => row[i]!.length)))
  return all.map((row) => {
    const line = row
      .map((cell, i) => cell.padEnd(widths[i]!))
      .join(GAP)
      .trimEnd()
    return columns !== undefined && line.length > columns ? `${line.slice(0, columns - 1)}…` : line
  })
}
