import { styleText } from 'node:util'
import type { Course } from './course.ts'

/** What a plot in the terminal shows: a column of blocks for each value. */
export interface TerminalPlot {
  readonly title: string
  readonly values: readonly number[]
  /** How the highest value is written, at the top of the axis. */
  readonly format: (value: number) => string
  /** The first and the last value from and to which Postgres was away. */
  readonly outage: readonly [from: number, to: number]
  readonly seconds: number
}

const HEIGHT = 7
const EIGHTHS = ' ▁▂▃▄▅▆▇█'

/** Room for the numbers of the axis. */
const AXIS_COLUMNS = 9

/** Wide enough to be looked at, narrow enough to be taken in. */
const [LEAST_COLUMNS, MOST_COLUMNS, USUAL_COLUMNS] = [30, 100, 80]

/** How many values a plot has room for in a terminal of so many columns. */
export const plotWidth = (columns = USUAL_COLUMNS): number =>
  Math.min(MOST_COLUMNS, Math.max(LEAST_COLUMNS, columns)) - AXIS_COLUMNS

export function terminalPlot({ title, values, format, outage, seconds }: TerminalPlot): readonly string[] {
  const highest = Math.max(...values)
  const label = (text: string) => text.padStart(AXIS_COLUMNS - 2)
  const rows = Array.from({ length: HEIGHT }, (_, i) => HEIGHT - 1 - i).map((row) => {
    const axis = row === HEIGHT - 1 ? `${label(format(highest))} ┤` : `${label('')} │`
    return (
      axis +
      styleText(
        'cyan',
        values
          .map((value) => blockOf(value, highest, row))
          .join('')
          .trimEnd(),
      )
    )
  })
  const [from, to] = outage
  const away = values.map((_, i) => (i >= from && i <= to ? '▀' : '─')).join('')
  const end = `${Math.round(seconds)} s`
  const width = values.length
  const named = 'Postgres is away'.slice(0, width)
  const at = Math.min(Math.max(2, from), Math.max(2, width - end.length - named.length - 1))
  const below = `0${' '.repeat(at - 1)}${named}`.padEnd(width - end.length) + end
  return [
    styleText('bold', title),
    ...rows,
    `${label('0')} └${away.replace(/▀+/, (block) => styleText('red', block))}`,
    `${label('')}  ${styleText('dim', below)}`,
  ]
}

/** What of a value is to be seen in a row, counted from below: of the highest value each row is full. */
function blockOf(value: number, highest: number, row: number): string {
  const eighths = highest === 0 ? 0 : Math.ceil((value / highest) * HEIGHT * 8)
  return EIGHTHS[Math.min(8, Math.max(0, eighths - row * 8))]!
}

/** Both plots of a run, one above the other. */
export function terminalPlots(course: Course, outage: readonly [from: number, to: number]): readonly string[] {
  const seconds = (course.stepMs * (course.depth.length - 1)) / 1_000
  const common = { outage, seconds }
  return [
    ...terminalPlot({
      ...common,
      title: 'Events that wait',
      values: course.depth,
      format: (depth) => depth.toLocaleString('en'),
    }),
    '',
    ...terminalPlot({
      ...common,
      title: 'How long the oldest of them has waited',
      values: course.lagMs,
      format: (lagMs) => `${(lagMs / 1_000).toFixed(1)} s`,
    }),
  ]
}
