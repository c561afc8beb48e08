import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { EQUIVALENTS } from './equivalents.ts'
import { findMutants } from './find-mutants.ts'
import { TARGETS } from './targets.ts'

const changesIn = (text: string): readonly string[] => findMutants('a.ts', text).map(({ becomes }) => becomes)

test('[G4] every comparison in TypeScript is changed in each way, one at a time', () => {
  expect(changesIn('const isNewer = a > b')).toEqual(['const isNewer = a >= b', 'const isNewer = a < b'])
  expect(changesIn('if (!isHeld && a === b) write()')).toEqual([
    'if (!isHeld || a === b) write()',
    'if (isHeld && a === b) write()',
    'if (!isHeld && a !== b) write()',
  ])
  expect(changesIn('const left = all.filter(isLeft)')).toEqual(['const left = all'])
  expect(changesIn("const id = event.id ?? ''")).toEqual(['const id = (event.id)'])
  expect(changesIn('const place = () => [a, b, c]')).toEqual([
    'const place = () => [b, c]',
    'const place = () => [a, c]',
    'const place = () => [a, b]',
    'const place = () => [b, a, c]',
    'const place = () => [a, c, b]',
  ])
})

/** What is put into a template. */
const HOLE = ['$', '{ids}'].join('')

test('[G4] …and in the SQL within it, where assignments are none', () => {
  const update = (condition: string) => `sql\`update t set a = 1 where ${condition}\``
  expect(changesIn(update(`id = any(${HOLE}) and (b, c) > (d, e)`))).toEqual(
    [
      `id <> all(${HOLE}) and (b, c) > (d, e)`,
      `id = any(${HOLE}) or (b, c) > (d, e)`,
      `id = any(${HOLE}) and (c) > (e)`,
      `id = any(${HOLE}) and (b) > (d)`,
      `id = any(${HOLE}) and (c, b) > (e, d)`,
      `id = any(${HOLE}) and (b, c) >= (d, e)`,
      `id = any(${HOLE}) and (b, c) < (d, e)`,
    ].map(update),
  )
  expect(changesIn('sql`greatest(a, coalesce(b, c)) is not null`')).toEqual([
    'sql`least(a, coalesce(b, c)) is not null`',
    'sql`greatest(a, b) is not null`',
    'sql`greatest(a, coalesce(b, c)) is null`',
  ])
})

test('[G4] every file of the guard has comparisons, and every mutant that is called equivalent is there once', () => {
  const mutants = TARGETS.flatMap(({ files }) => files).map((file) => ({
    file,
    found: findMutants(file, readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8')),
  }))
  expect(mutants.filter(({ found }) => found.length === 0)).toEqual([])
  for (const { file, becomes } of EQUIVALENTS) {
    const ofFile = mutants.find((each) => each.file === file)?.found ?? []
    expect(ofFile.filter((mutant) => mutant.becomes === becomes).map((mutant) => mutant.becomes)).toEqual([becomes])
  }
})
