import { readFile, writeFile } from 'node:fs/promises'
import type { Spread } from './rig/statistics.ts'
import type { Figure } from './section.ts'
import type { JudgedTarget } from './target.ts'

const FILE = new URL('results.json', import.meta.url)

/** Of one run: on what it was measured, when, and over how many rounds. */
export interface Run {
  readonly machine: Readonly<Record<string, string>>
  readonly startedAt: Date
  readonly rounds: number
}

export interface SectionResults {
  readonly section: string
  readonly figures: readonly (Figure & Spread)[]
  readonly targets: readonly JudgedTarget[]
}

/** Puts them in the place of those of the same sections, which may be of different runs. */
export async function keepResults(run: Run, results: readonly SectionResults[]): Promise<void> {
  const kept = await readFile(FILE, 'utf8').catch(ignoreMissing)
  const sections = { ...(kept === undefined ? {} : JSON.parse(kept)) }
  for (const { section, ...result } of results) sections[section] = { ...run, ...result }
  await writeFile(FILE, `${JSON.stringify(sections, null, 2)}\n`)
}

function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error
}
