import { parseArgs } from 'node:util'
import { formatTable } from '@rollcall/cli/table'
import { accept } from './accept.ts'
import { openBench } from './bench.ts'
import { both } from './both.ts'
import { drain } from './drain.ts'
import { growthOfQueue } from './growth-of-queue.ts'
import { growthOfTables } from './growth-of-tables.ts'
import { describeMachine } from './machine.ts'
import { peer } from './peer.ts'
import { FULL, QUICK } from './plan.ts'
import { keepResults, type SectionResults } from './results.ts'
import { ensureWrk } from './rig/load.ts'
import { spreadOf } from './rig/statistics.ts'
import type { Section, SectionResult } from './section.ts'
import { spike } from './spike.ts'
import { judge } from './target.ts'

/**
 * Measures Rollcall beside what its users would do otherwise. See bench/README.md.
 *   node bench/main.ts [--quick] [--rounds 5] [--only accept,drain]
 */
const { values } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, rounds: { type: 'string' }, only: { type: 'string' } },
})

const SECTIONS: Readonly<Record<string, Section>> = {
  accept,
  drain,
  both,
  spike,
  queue: growthOfQueue,
  tables: growthOfTables,
  peer,
}

const wanted = values.only?.split(',') ?? Object.keys(SECTIONS)
const unknown = wanted.filter((name) => !(name in SECTIONS))
if (unknown.length > 0)
  throw new Error(`No section ${unknown.join(', ')}. There are: ${Object.keys(SECTIONS).join(', ')}`)
const ofSize = values.quick ? QUICK : FULL
const plan = values.rounds === undefined ? ofSize : { ...ofSize, rounds: Number(values.rounds) }

await ensureWrk()
const startedAt = new Date()
const results: SectionResults[] = []
{
  await using opened = new AsyncDisposableStack()
  const bench = await openBench(plan, opened)
  const machine = await describeMachine(bench)
  for (const name of wanted) {
    const sectionStartedAt = performance.now()
    bench.say(`${name} …`)
    const result = judged(name, await SECTIONS[name]!(bench))
    results.push(result)
    // As each ends: a run takes an hour, and may not come to its end.
    if (!values.quick) await keepResults({ machine, startedAt, rounds: plan.rounds }, [result])
    bench.say(`${name} took ${Math.round((performance.now() - sectionStartedAt) / 1_000)} s`)
  }
}

print(
  ['section', 'figure', 'median', 'lowest', 'highest', 'unit'],
  results.flatMap(({ section, figures }) =>
    figures.map((each) => [section, each.what, number(each.median), number(each.min), number(each.max), each.unit]),
  ),
)
if (values.quick) console.log('\nA quick round shows that it all runs. What it measures means nothing.')
print(
  ['target', 'what', 'wanted', 'median', 'spread', 'met'],
  results
    .flatMap(({ targets }) => targets)
    .map((each) => [
      each.id,
      each.what,
      each.target,
      number(each.median),
      `${number(each.min)} – ${number(each.max)}`,
      each.met ? 'met' : 'NOT MET',
    ]),
)

function judged(section: string, { figures, targets }: SectionResult): SectionResults {
  return {
    section,
    figures: figures.map((figure) => ({ ...figure, ...spreadOf(`${section}: ${figure.what}`, figure.rounds) })),
    targets: targets.map(judge),
  }
}

function print(header: readonly string[], rows: readonly (readonly string[])[]): void {
  console.log('')
  for (const line of formatTable(header, rows, undefined)) console.log(line)
}

/** Three figures that count. */
function number(value: number): string {
  if (Math.abs(value) >= 100) return String(Math.round(value))
  return String(Number(value.toPrecision(3)))
}
