import { writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect, parseArgs } from 'node:util'
import { formatTable } from '@rollcall/cli/table'
import { runSeed } from '@rollcall/testkit/seed'
import { FULL, QUICK } from './plan.ts'
import { PARTS, runFuzz } from './run.ts'
import { resultRows } from './table.ts'

/**
 * Sends whatever can be thought of to mapping, apply and receiver, and tells what became of it. Ends with 1, and with what
 * was sent, where something came of it that may not be.
 *   node test/fuzz/main.ts [--quick] [--seed N] [--only map,apply,receive,siege]
 */
const { values } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, seed: { type: 'string' }, only: { type: 'string' } },
})
const seed = values.seed === undefined ? runSeed() : Number(values.seed)
if (!Number.isSafeInteger(seed)) throw new Error('--seed is a whole number')
const wanted = values.only?.split(',') ?? PARTS
const parts = PARTS.filter((part) => wanted.includes(part))
if (parts.length < wanted.length) throw new Error(`--only takes ${PARTS.join(', ')}`)

const startedAt = performance.now()
const seconds = () => Math.round((performance.now() - startedAt) / 1_000)
console.log(`fuzz: seed ${seed}, ${parts.join(', ')}`)
try {
  const results = await runFuzz(values.quick ? QUICK : FULL, seed, parts, (text) =>
    process.stderr.write(`${seconds()} s  ${text}\n`),
  )
  const rows = [...resultRows(results), ['seconds', `${seconds()}`]]
  for (const line of formatTable(['what', 'figure'], rows, undefined)) console.log(line)
} catch (error) {
  // What was sent may be a megabyte.
  const file = join(tmpdir(), `rollcall-fuzz-${seed}.txt`)
  await writeFile(file, inspect(error, { maxStringLength: null }))
  console.log(`fuzz: seed ${seed} found something, which is in ${file}:`)
  console.log(inspect(error, { maxStringLength: 2_000 }).slice(0, 6_000))
  process.exitCode = 1
}
