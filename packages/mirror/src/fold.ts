import { type Row, standingOf } from '@rollcall/resources/define-resource'
import { supersedes } from '@rollcall/resources/standing'

/** One row per id: of several for the same id, the one that the table would end up with anyway [B3]. */
export function fold(rows: readonly Row[]): Row[] {
  const winners = new Map<string, Row>()
  for (const row of rows) {
    const held = winners.get(row.id)
    if (!held || supersedes(standingOf(row), standingOf(held))) winners.set(row.id, row)
  }
  return [...winners.values()]
}
