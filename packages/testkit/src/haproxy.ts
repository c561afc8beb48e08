import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { inject } from 'vitest'
import { installDebianPackage } from './install-debian-package.ts'
import type {} from './provided.ts'
import { testPort } from './test-port.ts'
import { startTiedProcess } from './tied-process.ts'
import { until } from './wait.ts'

/** A real HAProxy with the configuration of docker-compose.yml's. */
export interface Haproxy extends AsyncDisposable {
  readonly port: number
}

const WHAT_TO_DO =
  'The tests of the proxy need a real HAProxy: install it (`apt install haproxy`, `brew install haproxy`), so that `haproxy` is on the PATH.'

const CONFIGURATION = new URL('../../../infra/proxy/haproxy.cfg', import.meta.url)

const run = promisify(execFile)

/** Before a receiver on this machine, where in compose the engine's DNS tells which there are. */
export async function startHaproxy(receiverPort: number): Promise<Haproxy> {
  const version = await ensureHaproxy()
  const { directory: runDirectory } = inject('testRun')
  await mkdir(runDirectory, { recursive: true })
  const directory = await mkdtemp(join(runDirectory, 'haproxy-'))
  const configFile = join(directory, 'haproxy.cfg')
  const [port, ownPort] = [await testPort(), await testPort()]
  const written = await readFile(CONFIGURATION, 'utf8')
  const replaced = [
    ['bind :3000', `bind 127.0.0.1:${port}`],
    ['bind 127.0.0.1:3001', `bind 127.0.0.1:${ownPort}`],
    [/server-template receiver 10 .*/, `server receiver 127.0.0.1:${receiverPort}`],
    // JSON in the log is of 3.0, which the image has and Debian 12 has not; what is said there is nothing of HTTP.
    ...(version < 3 ? ([[/log-format .*/, '']] as const) : []),
  ] as const
  const configuration = replaced.reduce((text, [from, to]) => {
    if (text.search(from) === -1) throw new Error(`haproxy.cfg has no ${from} any more, which tests replace.`)
    return text.replace(from, to)
  }, written)
  await writeFile(configFile, configuration)

  const server = startTiedProcess(['haproxy', '-db', '-f', configFile])
  const close = async () => {
    await server[Symbol.asyncDispose]()
    await rm(directory, { recursive: true })
  }
  try {
    // Its first check of the receiver is over, too: until then it answers 503.
    await until(async () => (await fetch(`http://127.0.0.1:${port}/healthz`)).ok, {
      timeoutMs: 60_000,
      what: 'HAProxy passes on what it is sent',
    })
  } catch (cause) {
    await close()
    throw new Error(`HAProxy does not start: ${server.said}`, { cause })
  }
  return { port, [Symbol.asyncDispose]: close }
}

/** Its major version; installs it where it is missing, this is Debian and we are root. */
async function ensureHaproxy(): Promise<number> {
  const found = await majorVersion()
  if (found !== undefined) return found
  await installDebianPackage('haproxy', WHAT_TO_DO)
  const installed = await majorVersion()
  if (installed === undefined) throw new Error(WHAT_TO_DO)
  return installed
}

const majorVersion = (): Promise<number | undefined> =>
  run('haproxy', ['-v']).then(
    ({ stdout }) => Number(/version (\d+)/.exec(stdout)![1]),
    () => undefined,
  )
