import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const ROOT = fileURLToPath(new URL('..', import.meta.url))

/** A folder of source files from which this workspace's packages are found. */
export interface SourceFolder extends AsyncDisposable {
  readonly path: string
  /** What the compiler says of its TypeScript files; nothing where all is well. */
  complaints(): Promise<string>
}

/** Writes files, by name, where the compiler and Node find what the root's package.json names. */
export async function sourceFolder(files: Readonly<Record<string, string>>): Promise<SourceFolder> {
  const home = join(ROOT, 'build')
  await mkdir(home, { recursive: true })
  const path = await mkdtemp(join(home, 'rollcall-compiled-'))
  const config = {
    extends: join(ROOT, 'tsconfig.base.json'),
    files: Object.keys(files).filter((name) => name.endsWith('.ts')),
  }
  for (const [name, text] of Object.entries({ ...files, 'tsconfig.json': JSON.stringify(config) })) {
    await writeFile(join(path, name), text)
  }
  return {
    path,
    async complaints() {
      try {
        await promisify(execFile)(join(ROOT, 'node_modules', '.bin', 'tsc'), ['--noEmit', '-p', path], { cwd: path })
        return ''
      } catch (error) {
        const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string }
        return stdout + stderr || String(error)
      }
    },
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  }
}
