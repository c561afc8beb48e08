import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { installDebianPackage } from './install-debian-package.ts'

const WHAT_TO_DO =
  'The tests of alerts and dashboard need a real Prometheus: install it (`apt install prometheus`, `brew install prometheus`), so that `prometheus` and `promtool` are on the PATH.'

const run = promisify(execFile)

/** Sees to it that `prometheus` and `promtool` are on the PATH; where they are not, this is Debian and we are root, it installs them. */
export async function ensurePrometheus(): Promise<void> {
  if (await isThere()) return
  await installDebianPackage('prometheus', WHAT_TO_DO)
  if (!(await isThere())) throw new Error(WHAT_TO_DO)
}

const isThere = (): Promise<boolean> =>
  run('sh', ['-c', 'command -v prometheus && command -v promtool']).then(
    () => true,
    () => false,
  )
