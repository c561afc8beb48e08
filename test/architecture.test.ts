import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

/** Which packages each may import: one direction, and only `cli` knows the processes. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  shared: [],
  queue: ['shared'],
  resources: ['shared'],
  mirror: ['shared', 'resources'],
  clerk: ['shared', 'resources', 'mirror'],
  config: ['shared', 'resources'],
  client: ['shared', 'resources', 'mirror', 'config'],
  tracing: ['shared'],
  receiver: ['shared', 'queue', 'tracing'],
  worker: ['shared', 'queue', 'resources', 'mirror', 'clerk', 'config', 'tracing'],
  operations: ['shared', 'queue', 'resources', 'mirror'],
  console: ['shared', 'queue', 'resources', 'mirror', 'operations', 'config'],
  embedded: [],
  cli: [
    'shared',
    'queue',
    'resources',
    'mirror',
    'operations',
    'clerk',
    'config',
    'receiver',
    'worker',
    'console',
    'embedded',
  ],
  testkit: ['shared', 'queue', 'resources', 'mirror', 'config', 'embedded'],
}

const MOST_LINES = 300

interface Source {
  readonly path: string
  readonly text: string
  /** `packages/<name>/…`, or nothing for what no package owns. */
  readonly package: string | undefined
  readonly isTest: boolean
}

const tracked = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*.ts', '*.sql'], {
  encoding: 'utf8',
  cwd: new URL('..', import.meta.url),
})
const sources: readonly Source[] = tracked
  .split('\n')
  .filter(Boolean)
  .map((path) => ({
    path,
    text: readFileSync(new URL(`../${path}`, import.meta.url), 'utf8'),
    package: /^packages\/(\w+)\//.exec(path)?.[1],
    isTest: /^test\/|\.test\.ts$|\/test-[\w-]+\.ts$/.test(path),
  }))

const importsOf = ({ text }: Source): readonly string[] =>
  [
    ...text.matchAll(/(?:^|\n)\s*(?:import|export)\b[^'"]*?from\s*'([^']+)'|import\('([^']+)'\)|\nimport '([^']+)'/g),
  ].map((match) => (match[1] ?? match[2] ?? match[3])!)

test('[A1] packages import in one direction', () => {
  const wrong = sources
    .filter((source) => source.package !== undefined && !source.isTest)
    .flatMap((source) =>
      importsOf(source)
        .map((specifier) => /^@rollcall\/(\w+)\//.exec(specifier)?.[1])
        .filter((imported) => imported !== undefined)
        .filter((imported) => imported !== source.package && !MAY_IMPORT[source.package!]!.includes(imported))
        .map((imported) => `${source.path} imports ${imported}`),
    )
  expect(wrong).toEqual([])
})

test('[A1] no package reaches into another by a path, and none but tests imports testkit', () => {
  const wrong = sources
    .filter((source) => source.package !== undefined && !source.isTest)
    .flatMap((source) =>
      importsOf(source)
        .filter(
          (specifier) =>
            specifier.startsWith('../../') ||
            (specifier.startsWith('@rollcall/testkit/') && source.package !== 'testkit'),
        )
        .map((specifier) => `${source.path} imports ${specifier}`),
    )
  expect(wrong).toEqual([])
})

test('[A5] a package names the packages that it imports: what the workspace has is not there in production', () => {
  const wrong = sources
    .filter((source) => source.package !== undefined && source.package !== 'testkit' && !source.isTest)
    .flatMap((source) => {
      const { dependencies, peerDependencies } = manifestOf(source.package!)
      return importsOf({ ...source, text: source.text.replaceAll(/^import type .*$/gm, '') })
        .filter((specifier) => /^[@a-z]/.test(specifier) && !specifier.startsWith('node:'))
        .map((specifier) => specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/'))
        .filter((name) => name !== `@rollcall/${source.package}`)
        .filter((name) => !(name in { ...dependencies, ...peerDependencies }))
        .map((name) => `${source.path} imports ${name}`)
    })
  expect(wrong).toEqual([])
})

test(`[A2] no file is longer than ${MOST_LINES} lines`, () => {
  const long = sources
    .map(({ path, text }) => ({ path, lines: text.split('\n').length - 1 }))
    .filter(({ lines }) => lines > MOST_LINES)
  expect(long).toEqual([])
})

test('[A3] the environment is read at entry points only', () => {
  const entryPoints = [
    'packages/shared/src/process.ts', // receiver and worker
    'packages/cli/src/main.ts',
    'packages/receiver/src/mounted-receiver.ts', // of an app that has not said otherwise
  ]
  const wrong = sources
    .filter((source) => source.package !== undefined && source.package !== 'testkit' && !source.isTest)
    .filter(
      (source) => !entryPoints.includes(source.path) && /\bprocess\.env\b(?!`)/.test(withoutComments(source.text)),
    )
  expect(wrong.map(({ path }) => path)).toEqual([])
})

test('[A4] rules and tests name each other', () => {
  const rules = new Set(
    [...readFileSync(new URL('../SPEC.md', import.meta.url), 'utf8').matchAll(/^- \*\*([A-Z]\d+)\*\*/gm)].map(
      (match) => match[1],
    ),
  )
  const cited = sources.flatMap(({ path, text }) =>
    [...text.matchAll(/\[([A-Z]\d{1,2})\]/g)].map((match) => ({ path, rule: match[1] })),
  )
  expect(cited.filter(({ rule }) => !rules.has(rule))).toEqual([])

  const shown = new Set(
    sources
      .filter((source) => source.isTest)
      .flatMap(({ text }) => [...text.matchAll(/\[([A-Z]\d{1,2})\]/g)].map((match) => match[1])),
  )
  expect([...rules].filter((rule) => !shown.has(rule))).toEqual([])
})

test('[A4] every test begins with the rule that it shows, but those of testkit, which no user meets', () => {
  const unnamed = sources
    .filter((source) => source.isTest && source.package !== 'testkit')
    .flatMap(({ path, text }) =>
      [...text.matchAll(/^\s*test(?:\.\w+\([^\n]*?\))*\(\s*(['"`])(?!\[[A-Z]\d)(.*?)\1/gm)].map(
        (match) => `${path}: ${match[2]}`,
      ),
    )
  expect(unnamed).toEqual([])
})

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
}

const manifestOf = (name: string): Manifest =>
  JSON.parse(readFileSync(new URL(`../packages/${name}/package.json`, import.meta.url), 'utf8')) as Manifest

const withoutComments = (text: string): string => text.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '')
