import { formatDuration } from './duration.ts'
import { terminalText } from './terminal-text.ts'

/** How far a piece of work has come. */
export interface Step {
  readonly name: string
  readonly done: number
  /** How much there is in all; nothing where that is not known. */
  readonly total: number | undefined
  /** In the unit of `done`, a second. */
  readonly rate: number
}

/** Where a person or a log is told how far a command has come; apart from its output, which others may read. */
export interface ProgressOutput {
  /** Characters in a line of the terminal; nothing where it is none. */
  readonly columns: number | undefined
  write(text: string): void
}

export interface ProgressReport {
  /** What is known now. On a terminal it is drawn over what was known before, else it is a line now and then. */
  show(name: string, done: number, total: number | undefined): void
  /** A sentence that stays. */
  say(sentence: string): void
  /** Takes the drawing away. */
  end(): void
}

/** On a terminal, often enough to be seen to move. */
const DRAWN_EVERY_MS = 100
/** In a log, seldom enough to be read. */
const WRITTEN_EVERY_MS = 5_000

/** Clears the line in which the cursor is, and goes to its beginning. */
const CLEAR = '\r\u001B[2K'

export function createProgressReport(output: ProgressOutput | undefined, now: () => number): ProgressReport {
  const isTerminal = output?.columns !== undefined
  let shown = { name: '', at: Number.NEGATIVE_INFINITY }
  let begun = { name: '', at: 0, done: 0 }

  return {
    show(name, done, total) {
      const at = now()
      if (begun.name !== name) begun = { name, at, done }
      const isComplete = total !== undefined && done >= total
      const isDue =
        name !== shown.name || isComplete || at - shown.at >= (isTerminal ? DRAWN_EVERY_MS : WRITTEN_EVERY_MS)
      if (!isDue) return
      shown = { name, at }
      const seconds = (at - begun.at) / 1_000
      const step = { name, done, total, rate: seconds > 0 ? (done - begun.done) / seconds : 0 }
      output?.write(
        output.columns === undefined ? `${progressLine(step)}\n` : CLEAR + progressBar(step, output.columns),
      )
    },
    say: (sentence) => output?.write(`${isTerminal ? CLEAR : ''}${terminalText(sentence)}\n`),
    end: () => isTerminal && output?.write(CLEAR),
  }
}

/** `user: 45000 of 100000 (45 %), 2310/s, 24 s left`. */
export const progressLine = (step: Step): string => `${step.name}: ${factsOf(step).join(', ')}`

/** The same on a line that fits, with a bar where there is room for one. */
export function progressBar(step: Step, columns: number): string {
  const facts = factsOf(step).join('  ')
  const width = Math.min(MOST_BAR, columns - step.name.length - facts.length - 5)
  const share = step.total === undefined ? undefined : shareOf(step.done, step.total)
  const bar = share === undefined || width < LEAST_BAR ? '' : `${drawn(share, width)}  `
  return `${step.name}  ${bar}${facts}`.slice(0, columns - 1)
}

const [LEAST_BAR, MOST_BAR] = [8, 30]

const drawn = (share: number, width: number): string => {
  const full = Math.floor(share * width)
  return '█'.repeat(full) + '░'.repeat(width - full)
}

/** What comes while it is counted makes more than all. */
const shareOf = (done: number, total: number): number => (total === 0 ? 1 : Math.min(1, done / total))

function factsOf({ done, total, rate }: Step): readonly string[] {
  const facts = [
    total === undefined ? String(done) : `${done} of ${total} (${Math.floor(shareOf(done, total) * 100)} %)`,
  ]
  if (rate >= 1) facts.push(`${Math.round(rate)}/s`)
  if (total !== undefined && rate > 0 && done < total)
    facts.push(`${formatDuration(Math.max(1_000, ((total - done) / rate) * 1_000))} left`)
  return facts
}
