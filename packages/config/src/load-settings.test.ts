import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { loadSettings } from './load-settings.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rollcall-config-'))
})
afterAll(() => rm(folder, { recursive: true }))

/** Writes a configuration file and answers its name. Each test has one of its own, for a module is loaded once. */
async function configFile(name: string, text: string): Promise<string> {
  await writeFile(join(folder, name), text)
  return name
}

test('[C7] without a file everything is as it is by default', async () => {
  expect((await loadSettings(undefined, folder)).catalog.mirroredNamed('user')).toBeDefined()
})

test('[C7] rollcall.config.ts is found in the folder where the process runs', async () => {
  const own = await mkdtemp(join(folder, 'own-'))
  await writeFile(join(own, 'rollcall.config.ts'), 'export default { resources: { user: false } }')
  expect((await loadSettings(undefined, own)).catalog.mirroredNamed('user')).toBeUndefined()
})

test('[C7] another file is found by its name, from there or from the root', async () => {
  const name = await configFile('other.ts', 'export default { retention: { eventDays: 7 as number } }')
  expect((await loadSettings(name, folder)).retention.eventDays).toBe(7)
  expect((await loadSettings(join(folder, name), '/')).retention.eventDays).toBe(7)
})

test('[C7] a file that is named must be there', async () => {
  await expect(loadSettings('missing.ts', folder)).rejects.toThrow(
    `ROLLCALL_CONFIG names ${folder}/missing.ts, which is not there. Mend the name, or unset it if you have no such file.`,
  )
})

test('[C7] a file needs a default export', async () => {
  const name = await configFile('named-export.ts', 'export const config = {}')
  await expect(loadSettings(name, folder)).rejects.toThrow(
    `${folder}/named-export.ts has no default export. End it with \`export default defineConfig({ … })\`.`,
  )
})

test('[C7] what is wrong is told in one message, with the file and what to do', async () => {
  const name = await configFile('wrong.ts', "export default { resources: { users: true }, eventBodies: 'none' }")
  const error: Error = await loadSettings(name, folder).then(
    () => expect.unreachable(),
    (thrown) => thrown,
  )
  expect(error.name).toBe('ConfigError')
  expect(error.message).toBe(
    [
      `Rollcall cannot start with ${folder}/wrong.ts:`,
      '  resources.users: there is nothing of that name. Did you mean `user`?',
      "  eventBodies: must be 'needed' or 'all'.",
      'Mend what is named above; docs/shaping.md explains what the file may hold.',
    ].join('\n'),
  )
})

describe('a file that Node does not load', () => {
  const run = promisify(execFile)
  const LOADER = new URL('./load-settings.ts', import.meta.url).href

  /** In a process of its own: Vitest compiles what it loads, and words its errors in its own way. */
  async function problemOf(name: string, text: string): Promise<string> {
    await configFile(name, text)
    const script = `import { loadSettings } from ${JSON.stringify(LOADER)}
      await loadSettings(${JSON.stringify(name)}, process.cwd()).catch((error) => console.log(error.name + ': ' + error.message))`
    const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', script], { cwd: folder })
    return stdout.trim().replaceAll(folder, '<folder>')
  }

  test('[C7] wrong syntax is told with its place and its source', async () => {
    const problem = await problemOf('syntax.ts', 'export default {\n  resources: {\n  handlers: {},\n}\n')
    expect(problem).toMatch(/^ConfigError: <folder>\/syntax\.ts cannot be loaded: .+\n {2}<folder>\/syntax\.ts:\d\n/)
  })

  test('[C7] TypeScript that is more than types is told to be so', async () => {
    const problem = await problemOf('enum.ts', 'enum Plan { free }\nexport default {}\n')
    expect(problem).toMatch(/TypeScript enum is not supported/)
    expect(problem).toContain('\n  <folder>/enum.ts:1\n  enum Plan { free }\n')
    expect(problem).toMatch(/Node runs the file as it is and leaves out its types: enums, .* are more than types\.$/)
  })

  test('[C7] an import that is not found is told with what to do', async () => {
    const problem = await problemOf('import.ts', "import { welcome } from './welcome'\nexport default { welcome }\n")
    expect(problem).toContain("Cannot find module '<folder>/welcome' imported from <folder>/import.ts\n")
    expect(problem).toMatch(/A file is imported by its whole name, `\.\/welcome\.ts`; a package must be installed\.$/)
  })

  test('[C7] what the file throws is told with its place', async () => {
    const problem = await problemOf('throws.ts', "const url = new URL('x')\nexport default { url }\n")
    expect(problem).toBe(
      'ConfigError: <folder>/throws.ts cannot be loaded: Invalid URL\n  at file://<folder>/throws.ts:1:13',
    )
  })

  test('[C7] so is what is no error', async () => {
    expect(await problemOf('text.ts', "throw 'not today'\n")).toBe(
      'ConfigError: <folder>/text.ts cannot be loaded: not today',
    )
  })
})
