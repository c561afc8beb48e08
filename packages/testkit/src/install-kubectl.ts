import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { installDebianPackage } from './install-debian-package.ts'

const WHAT_TO_DO =
  'The tests of infra/kubernetes need kubectl: install it (`apt install kubernetes-client`, `brew install kubernetes-cli`), so that `kubectl` is on the PATH.'

const run = promisify(execFile)

/** Sees to it that `kubectl` is on the PATH; where it is not, this is Debian and we are root, it installs it. */
export async function ensureKubectl(): Promise<void> {
  if (await isThere()) return
  await installDebianPackage('kubernetes-client', WHAT_TO_DO)
  if (!(await isThere())) throw new Error(WHAT_TO_DO)
}

const isThere = (): Promise<boolean> =>
  run('kubectl', ['version', '--client']).then(
    () => true,
    () => false,
  )
