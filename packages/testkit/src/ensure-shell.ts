import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { installDebianPackage } from './install-debian-package.ts'

const run = promisify(execFile)

/** A shell of this machine; where it has none, is Debian and we are root, it gets one. Says why, where it is not to be had. */
export async function ensureShell(name: 'bash' | 'zsh' | 'fish'): Promise<{ readonly missing?: string }> {
  if (await isThere(name)) return {}
  try {
    await installDebianPackage(name, `Install ${name} to test what it completes.`)
    return {}
  } catch (error) {
    return { missing: (error as Error).message }
  }
}

const isThere = (name: string): Promise<boolean> =>
  run('sh', ['-c', `command -v ${name}`]).then(
    () => true,
    () => false,
  )
