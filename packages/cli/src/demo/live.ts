import type { ProgressOutput } from '../progress.ts'

/** How a spike stands at a moment. */
export interface Standing {
  readonly seconds: number
  readonly sent: number
  readonly settled: number
  readonly waiting: number
  readonly isDatabaseAway: boolean
}

/** Shows how it stands, as it goes. */
export interface Live {
  show(standing: Standing): void
  /** A sentence that stays. */
  say(sentence: string): void
  /** Takes the drawing away. */
  end(): void
}

/** In a log, seldom enough to be read. */
const WRITTEN_EVERY_SECONDS = 2

/** Clears the line in which the cursor is, and goes to its beginning. */
const CLEAR = '\r\u001B[2K'

const BLOCKS = '▁▂▃▄▅▆▇█'

/** As much of the past as is drawn, a block for each time that it is shown. */
const MOST_BLOCKS = 30

/** On a terminal on one line that is drawn anew, with what has been waiting as a picture; elsewhere a line now and then. */
export function createLive(output: ProgressOutput | undefined): Live {
  const columns = output?.columns
  let written = Number.NEGATIVE_INFINITY
  let past: readonly number[] = []
  return {
    show(standing) {
      past = [...past, standing.waiting].slice(-MOST_BLOCKS)
      if (columns !== undefined) output?.write(CLEAR + drawn(standing, past, columns))
      else if (standing.seconds - written >= WRITTEN_EVERY_SECONDS) {
        written = standing.seconds
        output?.write(`${told(standing)}\n`)
      }
    },
    say: (sentence) => output?.write(`${columns === undefined ? '' : CLEAR}${sentence}\n`),
    end: () => columns !== undefined && output?.write(CLEAR),
  }
}

export const told = ({ seconds, sent, settled, waiting, isDatabaseAway }: Standing): string =>
  `${seconds.toFixed(1).padStart(4)} s  sent ${sent}  settled ${settled}  waiting ${waiting}${isDatabaseAway ? '  Postgres is away' : ''}`

/** The facts, and before them as much of the picture as the line has room for. */
export function drawn(standing: Standing, past: readonly number[], columns: number): string {
  const facts = told(standing)
  const room = columns - facts.length - 3
  return room < 1
    ? facts.slice(0, columns - 1)
    : `${sparkline(past.slice(-room)).padEnd(Math.min(room, MOST_BLOCKS))}  ${facts}`
}

function sparkline(values: readonly number[]): string {
  const highest = Math.max(1, ...values)
  return values.map((value) => BLOCKS[Math.round((value / highest) * (BLOCKS.length - 1))]).join('')
}
