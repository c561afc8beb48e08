const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** A time span as people say it, in its two greatest units: `3 min 20 s`. */
export function formatDuration(milliseconds: number): string {
  const units = [
    ['d', DAY, Number.POSITIVE_INFINITY],
    ['h', HOUR, DAY],
    ['min', MINUTE, HOUR],
    ['s', SECOND, MINUTE],
  ] as const
  const parts = units.map(([unit, length, above]) => [Math.floor((milliseconds % above) / length), unit] as const)
  const first = parts.findIndex(([count]) => count > 0)
  if (first === -1) return '0 s'
  return parts
    .slice(first, first + 2)
    .filter(([count]) => count > 0)
    .map(([count, unit]) => `${count} ${unit}`)
    .join(' ')
}
