import { type Row, standingOf } from '@rollcall/resources/row'
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

/** What becomes of an id where a deletion keeps the last values: the newest values, and the last deletion. One may lack. */
export interface Kept {
  readonly id: string
  readonly values: Row | undefined
  readonly deletion: Row | undefined
}

/** The same where deletions keep the last values: the greatest of each kind [T5]. */
export function foldKeeping(rows: readonly Row[]): Kept[] {
  const values = new Map(fold(rows.filter((row) => row.deleted_at === null)).map((row) => [row.id, row]))
  const deletions = new Map(fold(rows.filter((row) => row.deleted_at !== null)).map((row) => [row.id, row]))
  return [...new Set([...values.keys(), ...deletions.keys()])].map((id) => ({
    id,
    values: values.get(id),
    deletion: deletions.get(id),
  }))
}
