import { execFileSync } from 'node:child_process'
import { cp, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { inApp, scratchFolder } from './app.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

interface Step {
  readonly language: string
  readonly file: string
  readonly text: string
}

test('[A14] who follows docs/adding-a-resource.md step by step has a resource that fulfils the contract', async () => {
  await using scratch = await scratchFolder()
  await copyRepository(scratch.path)
  const page = await readFile(join(root, 'docs/adding-a-resource.md'), 'utf8')
  const steps = [...page.matchAll(/^```(\w+) file=(\S+)\n(.*?)^```$/gms)].map(
    ([, language, file, text]): Step => ({ language: language!, file: file!, text: text! }),
  )
  expect(steps.map(({ file }) => file)).toEqual(expect.arrayContaining(['packages/resources/src/registry.ts']))
  for (const step of steps) await follow(step, scratch.path)

  // The page says that this number is another one then.
  const contract = join(scratch.path, 'test/resource-contract.test.ts')
  const asked = await readFile(contract, 'utf8')
  await writeFile(contract, asked.replace('toHaveLength(46)', 'toHaveLength(48)'))

  const vitest = join(scratch.path, 'node_modules/.bin/vitest')
  const told = await inApp(scratch.path, [
    vitest,
    'run',
    '--reporter=verbose',
    '--no-color',
    'test/resource-contract.test.ts',
  ])
  expect(told).toMatch(/✓ .*passkey.*the table has the columns of the mapping/)
  expect(await inApp(scratch.path, [join(scratch.path, 'node_modules/.bin/tsc'), '--noEmit'])).toBe('')
})

/** The repository as it stands, with what was installed; its packages are those of the copy. */
async function copyRepository(into: string): Promise<void> {
  const tracked = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
  })
  for (const file of tracked.split('\n').filter(Boolean)) await cp(join(root, file), join(into, file))
  const installed = [...new Set(tracked.split('\n').map((file) => /^((packages|examples)\/[^/]+)\//.exec(file)?.[1]))]
  for (const folder of ['.', ...installed.filter((each) => each !== undefined)])
    await linkInstalled(join(root, folder, 'node_modules'), join(into, folder, 'node_modules'))
}

/** Links among packages are relative, so copies of them lead to the copies; what they lead to in the store is the same. */
async function linkInstalled(from: string, to: string): Promise<void> {
  const entries = await readdir(from).catch(() => [])
  if (entries.length > 0) await mkdir(to, { recursive: true })
  for (const entry of entries) {
    if (entry === '.pnpm') await symlink(join(from, entry), join(to, entry))
    else await cp(join(from, entry), join(to, entry), { recursive: true, verbatimSymlinks: true })
  }
}

async function follow({ language, file, text }: Step, folder: string): Promise<void> {
  const path = join(folder, file)
  await mkdir(dirname(path), { recursive: true })
  const before = language === 'diff' ? await readFile(path, 'utf8') : ''
  await writeFile(path, language === 'diff' ? text.split(/^@@\n/m).reduce(patched, before) : text)
}

/** A part of a diff without line numbers: what it says was there must be there once. */
function patched(file: string, part: string): string {
  const lines = part.split('\n').filter(Boolean)
  const side = (sign: string) =>
    lines
      .filter((line) => line[0] === ' ' || line[0] === sign)
      .map((line) => `${line.slice(1)}\n`)
      .join('')
  expect(file.split(side('-'))).toHaveLength(2)
  return file.replace(side('-'), side('+'))
}
