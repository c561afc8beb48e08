import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parse } from 'yaml'

const root = new URL('../', import.meta.url)
const folder = new URL('.github/workflows/', root)

interface Workflow {
  readonly permissions?: unknown
  readonly jobs: Readonly<
    Record<
      string,
      {
        readonly strategy?: { readonly matrix: Readonly<Record<string, readonly unknown[]>> }
        readonly steps: readonly { readonly run?: string; readonly uses?: string }[]
      }
    >
  >
}

const { scripts } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8')) as {
  scripts: Record<string, string>
}

const workflows = readdirSync(folder).map(
  (file) => [file, parse(readFileSync(new URL(file, folder), 'utf8')) as Workflow] as const,
)

test.each(workflows)('[A13] what %s runs is there: every script, every file', (_, { jobs }) => {
  for (const { steps, strategy } of Object.values(jobs)) {
    const commands = steps.flatMap(({ run }) => (run === undefined ? [] : withMatrix(run, strategy?.matrix ?? {})))
    for (const command of commands) {
      for (const [, script] of command.matchAll(/pnpm@12 ([\w:]+)/g))
        if (script !== 'install') expect(Object.keys(scripts)).toContain(script)
      for (const [file] of command.matchAll(/(?<![\w/])\.ci\/\w+/g)) expect(existsSync(new URL(file, root))).toBe(true)
    }
  }
})

/** A command as often as there are values of what it takes from the matrix. */
const withMatrix = (command: string, matrix: Readonly<Record<string, readonly unknown[]>>): readonly string[] =>
  Object.entries(matrix).reduce<readonly string[]>(
    (commands, [name, values]) =>
      commands.flatMap((each) =>
        each.includes(`matrix.${name} `)
          ? values.map((value) => each.replaceAll(`\${{ matrix.${name} }}`, String(value)))
          : [each],
      ),
    [command],
  )

test.each(workflows)('[A13] %s may do no more than it needs: it reads, unless a job says otherwise', (_, workflow) => {
  expect(workflow.permissions).toEqual({ contents: 'read' })
})

test('[A13] what is checked on each commit and each night, and released, is on the Node versions that are promised', () => {
  const matrixOf = (file: string) => workflows.find(([name]) => name === file)![1].jobs.node!.strategy!.matrix
  expect(matrixOf('check.yml')).toEqual({ 'node-version': [24, 26] })
})
