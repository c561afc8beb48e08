import { LOG_EVENTS, type LogEvent } from '@rollcall/shared/log-events'
import type { RunningProcess } from './process.ts'

/** Words that are planted where nothing may get out, and looked for in all that processes write. */
export interface Canaries {
  /** A new word, each time: so that one is found wherever it went, and told where it had been put. */
  plant(where: string): string
  /** Where those were put that stand in a text. */
  foundIn(text: string): readonly string[]
  /** Where those were put that stand in what the processes wrote. */
  leakedTo(...processes: readonly RunningProcess[]): readonly string[]
}

export function createCanaries(): Canaries {
  const planted = new Map<string, string>()
  const foundIn = (text: string) => [...planted].filter(([word]) => text.includes(word)).map(([, where]) => where)
  return {
    foundIn,
    plant(where) {
      // 40 letters and digits: it is base64 as well, as signing secrets have to be.
      const word = `canary00${crypto.randomUUID().replaceAll('-', '')}`
      planted.set(word, where)
      return word
    },
    leakedTo: (...processes) => foundIn(processes.map(said).join('\n')),
  }
}

const said = ({ lines, stderr }: RunningProcess): string =>
  `${lines.map((line) => JSON.stringify(line)).join('\n')}\n${stderr}`

/** The names of lines that were written: they tell which attacks went off. */
export const namesOf = ({ lines }: RunningProcess): ReadonlySet<string | undefined> =>
  new Set(lines.map(({ msg }) => msg))

/** Lines that are not as their documentation says, by name, who says them, level and fields. */
export function undocumented({ lines }: RunningProcess): readonly unknown[] {
  return lines.filter(({ msg, level, process, time: _time, ...fields }) => {
    const event = (LOG_EVENTS as Readonly<Record<string, LogEvent>>)[msg ?? '']
    if (!event) return true
    const areItsOwn = Object.keys(fields).every((field) => field in event.fields)
    return !(areItsOwn && event.levels.includes(level as never) && event.saidBy.includes(process as never))
  })
}
