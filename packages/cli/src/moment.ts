import { UsageError } from './command.ts'

const UNITS_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** A moment as people type it: `2026-11-24`, `2026-11-24T10:00Z`, or so long ago, `90m`. Throws a `UsageError` for anything else. */
export function parseMoment(text: string, option: string, now: number): Date {
  const [, amount, unit] = /^(\d+)([smhd])$/.exec(text) ?? []
  if (amount !== undefined && unit !== undefined) return new Date(now - Number(amount) * UNITS_MS[unit]!)
  const moment = /^\d{4}-\d{2}-\d{2}/.test(text) ? new Date(text) : new Date(Number.NaN)
  if (Number.isNaN(moment.getTime()))
    throw new UsageError(
      `--${option} takes a moment, \`2026-11-24T10:00Z\`, or how long ago it was, \`90m\` or \`2d\`; not \`${text}\`.`,
    )
  return moment
}
