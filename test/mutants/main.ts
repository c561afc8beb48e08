import { readFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { seededRandom, shuffled } from '@rollcall/testkit/clerk/random'
import { runSeed } from '@rollcall/testkit/seed'
import { EQUIVALENTS } from './equivalents.ts'
import { findMutants } from './find-mutants.ts'
import type { Mutant } from './mutant.ts'
import { type MutatedSuite, openMutatedSuite } from './mutated-suite.ts'
import { FURTHER_TESTS, TARGETS } from './targets.ts'

/**
 * Changes each comparison of the guard and of what is around it, one at a time, and runs the tests that ought to notice. Exits 1
 * if one survives, 2 if the tests fail without a change.
 */
const { values: options } = parseArgs({
  options: {
    /** The guard's own statement, and a few others that the seed chooses. */
    quick: { type: 'boolean', default: false },
    /** Only files whose path holds this. */
    only: { type: 'string', default: '' },
  },
})

/** In a quick run: all of the rule's two texts, and so many of the others. */
const GUARD = ['packages/resources/src/standing.ts', 'packages/mirror/src/guarded-upsert.ts']
const OTHERS = 6

interface Candidate {
  readonly mutant: Mutant
  readonly tests: readonly string[]
}

const seed = runSeed()
const found = await findAll()
const equivalents = new Set(EQUIVALENTS.map(onlyMutant))
const candidates = chosen(found.filter(({ mutant }) => !equivalents.has(mutant)))
console.log(`${candidates.length} of ${found.length} mutants (seed ${seed}); ${equivalents.size} are equivalent.`)

await using suite = await openMutatedSuite()
const unharmed = new Set<string>()
await mustPass(suite, [...new Set(candidates.flatMap(({ tests }) => tests))])

const survivors: Mutant[] = []
const startedAt = performance.now()
for (const { mutant, tests } of candidates) {
  const since = performance.now()
  const killer = (await suite.run(tests, mutant)) ?? (await askFurther(mutant, tests))
  if (!killer) survivors.push(mutant)
  const seconds = ((performance.now() - since) / 1_000).toFixed(1)
  console.log(
    `${killer ? 'killed  ' : 'SURVIVED'} ${seconds.padStart(5)} s  ${mutant.file}:${mutant.line}  ${mutant.change}`,
  )
  if (killer) console.log(`                  by ${killer}`)
}
const minutes = ((performance.now() - startedAt) / 60_000).toFixed(1)
console.log(
  `\n${candidates.length - survivors.length} of ${candidates.length} mutants were killed, in ${minutes} minutes.`,
)
for (const { file, line, becomes } of survivors) console.log(`SURVIVED: ${file}:${line}: ${becomes}`)
process.exitCode = survivors.length > 0 ? 1 : 0

async function findAll(): Promise<readonly Candidate[]> {
  const found: Candidate[] = []
  for (const { files, tests } of TARGETS) {
    for (const file of files) {
      const mutants = findMutants(file, await readFile(new URL(`../../${file}`, import.meta.url), 'utf8'))
      found.push(...mutants.map((mutant) => ({ mutant, tests })))
    }
  }
  return found
}

/** The mutant that is meant, which there has to be. */
function onlyMutant({ file, becomes }: { readonly file: string; readonly becomes: string }): Mutant {
  const meant = found.filter(({ mutant }) => mutant.file === file && mutant.becomes === becomes)
  if (meant.length !== 1) throw new Error(`${meant.length} mutants of ${file} become: ${becomes}`)
  return meant[0]!.mutant
}

function chosen(all: readonly Candidate[]): readonly Candidate[] {
  const named = all.filter(({ mutant }) => mutant.file.includes(options.only))
  if (!options.quick) return named
  const isGuard = ({ mutant }: Candidate) => GUARD.includes(mutant.file)
  const others = shuffled(
    named.filter((candidate) => !isGuard(candidate)),
    seededRandom(seed),
  )
  return [...named.filter(isGuard), ...others.slice(0, OTHERS)]
}

async function askFurther(mutant: Mutant, asked: readonly string[]): Promise<string | undefined> {
  const further = FURTHER_TESTS.filter((test) => !asked.includes(test))
  await mustPass(suite, further)
  return suite.run(further, mutant)
}

/** What fails without a mutant notices none. */
async function mustPass(suite: MutatedSuite, tests: readonly string[]): Promise<void> {
  const unknown = tests.filter((test) => !unharmed.has(test))
  if (unknown.length === 0) return
  const failure = await suite.run(unknown)
  for (const test of unknown) unharmed.add(test)
  if (!failure) return
  console.log(`Without a mutant this fails: ${failure}`)
  await suite[Symbol.asyncDispose]()
  process.exit(2)
}
