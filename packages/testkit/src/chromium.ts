import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { type Browser, chromium } from 'playwright-core'
import { installDebianPackage } from './install-debian-package.ts'

const WHAT_TO_DO =
  'The tests of the console need a real browser: install Chromium (`apt install chromium`, `brew install chromium`), so that `chromium` is on the PATH.'

/** It asks nobody for updates or accounts, and finds its way in a container. */
const ARGUMENTS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

const run = promisify(execFile)

/** The Chromium of this machine; where it has none, is Debian and we are root, it gets one. */
export async function launchChromium(): Promise<Browser> {
  let executablePath = await findChromium()
  if (executablePath === undefined) {
    await installDebianPackage('chromium', WHAT_TO_DO)
    executablePath = await findChromium()
  }
  if (executablePath === undefined) throw new Error(WHAT_TO_DO)
  return chromium.launch({ executablePath, args: ARGUMENTS })
}

async function findChromium(): Promise<string | undefined> {
  try {
    const { stdout } = await run('sh', [
      '-c',
      'command -v chromium || command -v chromium-browser || command -v google-chrome',
    ])
    return stdout.trim()
  } catch {
    return undefined // none of them is on the PATH
  }
}
