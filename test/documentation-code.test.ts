import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { loadSettings } from '@rollcall/config/load-settings'
import { variables } from '@rollcall/shared/variables'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { type Block, blocksIn, blocksOf, isFollowed, isUnchecked, PAGES, placeOf } from './documented-pages.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))

/** How each language is checked, here or in a test beside this one. What is not code is `text`, or says nothing. */
const LANGUAGES = ['', 'ts', 'tsx', 'sql', 'sh', 'json', 'yaml', 'dotenv', 'mermaid', 'text']

/** More than these are checked by nobody. */
const MOST_UNCHECKED = 5

test('[A30] each block says what it is in, and a few say why they are not checked', () => {
  const blocks = PAGES.flatMap(blocksOf).filter((block) => !isFollowed(block))
  const unchecked = blocks.filter(isUnchecked)
  const odd = blocks.filter((block) => !isUnchecked(block) && !LANGUAGES.includes(block.language))
  expect(odd.map(placeOf)).toEqual([])
  expect(unchecked.length, unchecked.map(placeOf).join(', ')).toBeLessThanOrEqual(MOST_UNCHECKED)
  const marked = blocks.filter((block) => !isUnchecked(block) && block.marker !== '' && block.marker !== 'run')
  expect(marked.map((block) => `${placeOf(block)} ${block.marker}`)).toEqual([])
})

test('[A30] variables that blocks set are there', () => {
  const blocks = blocksIn('dotenv')
  expect(blocks.length).toBeGreaterThan(3)
  for (const block of blocks)
    for (const line of block.source.trim().split('\n'))
      expect(Object.keys(variables), `${placeOf(block)}: ${line}`).toContain(line.split('=')[0])
})

test('[A30] JSON and YAML can be read', () => {
  for (const block of blocksIn('json')) expect(() => JSON.parse(block.source), placeOf(block)).not.toThrow()
  for (const block of blocksIn('yaml')) {
    const problems = parseAllDocuments(block.source).flatMap((document) =>
      'errors' in document ? document.errors : [],
    )
    expect(problems, placeOf(block)).toEqual([])
  }
})

/** A folder in which each block in TypeScript is a file, as its reader would have it. */
let folder: string
const typescript = blocksIn('ts', 'tsx')

/** A block may say what its file is called: another that imports it then finds it. */
const nameOf = (block: Block): string =>
  /In a file of its own: `\.\/(\S+)`/.exec(block.source)?.[1] ??
  `${block.page.replaceAll(/\W/g, '-')}-${block.line}.${block.language}`

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rollcall-docs-'))
  await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
  await writeFile(join(folder, 'package.json'), JSON.stringify({ type: 'module' }))
  await writeFile(join(folder, 'rollcall.config.ts'), 'export default {}\n')
  for (const block of typescript) {
    const path = join(folder, nameOf(block))
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, `${block.given}\n${block.source}`)
  }
})
afterAll(() => rm(folder, { recursive: true }))

test('[A30] [C7] TypeScript compiles, with nothing annotated but what it annotates', async () => {
  expect(typescript.length).toBeGreaterThan(10)
  await writeFile(
    join(folder, 'tsconfig.json'),
    JSON.stringify({
      extends: join(ROOT, 'tsconfig.base.json'),
      // A page may show how something is got, and leave to its reader what is done with it; and few readers are as strict.
      compilerOptions: {
        noUnusedLocals: false,
        exactOptionalPropertyTypes: false,
        moduleDetection: 'force',
        jsx: 'react-jsx',
        lib: ['esnext', 'dom'],
      },
      include: ['**/*.ts', '**/*.tsx'],
    }),
  )
  const compile = promisify(execFile)(join(ROOT, 'node_modules/.bin/tsc'), ['--noEmit', '--project', folder])
  const complaints = await compile.then(
    ({ stdout }) => stdout,
    ({ stdout, message }) => stdout || message,
  )
  // What is wrong with a package itself is `pnpm types`' to say.
  expect(complaints.replaceAll(/^(?:packages\/| ).*\n/gm, '')).toBe('')
})

test('[A30] [C3] the configurations that pages show are right', async () => {
  const configurations = typescript.filter(({ source }) => source.includes('export default defineConfig('))
  expect(configurations.length).toBeGreaterThanOrEqual(4)
  for (const block of configurations)
    await expect(loadSettings(nameOf(block), folder), placeOf(block)).resolves.toBeDefined()
})
