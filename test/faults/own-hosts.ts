import { execFile } from 'node:child_process'
import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

/** Names that one process alone knows, and only from when on they are given. */
export interface OwnHosts extends AsyncDisposable {
  /** What starts the process that looks them up here, and becomes it. */
  readonly through: readonly string[]
  readonly variables: Readonly<Record<string, string>>
  give(name: string): Promise<void>
}

const run = promisify(execFile)

/** In a world of its own as far as files go, in which another file is `/etc/hosts`. */
const mounting = (hosts: string, ...as: readonly string[]) => [
  'unshare',
  ...as,
  '--mount',
  'sh',
  '-c',
  'mount --bind "$0" /etc/hosts && exec "$@"',
  hosts,
]

/** Where such a world may not be made. */
const preloaded = (hosts: string) =>
  `data:text/javascript,${encodeURIComponent(`
    import dns from 'node:dns'
    import { readFileSync } from 'node:fs'
    const lookup = dns.lookup
    dns.lookup = (name, ...rest) =>
      lookup(readFileSync(${JSON.stringify(hosts)}, 'utf8').includes(' ' + name + '\\n') ? '127.0.0.1' : name, ...rest)`)}`

export async function createOwnHosts(): Promise<OwnHosts> {
  const directory = await mkdtemp(join(tmpdir(), 'rollcall-hosts-'))
  const hosts = join(directory, 'hosts')
  await writeFile(hosts, await readFile('/etc/hosts', 'utf8').catch(() => ''))
  const shared = {
    give: (name: string) => appendFile(hosts, `127.0.0.1 ${name}\n`),
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true }),
  }
  for (const through of [mounting(hosts), mounting(hosts, '--map-root-user')]) {
    const [program, ...words] = [...through, 'true']
    if (await succeeds(program!, words)) return { ...shared, through, variables: { PATH: process.env.PATH ?? '' } }
  }
  console.warn(
    'No process can have a hosts file of its own here: in place of the system, a script in it looks up names.',
  )
  return { ...shared, through: [], variables: { NODE_OPTIONS: `--import=${preloaded(hosts)}` } }
}

const succeeds = (program: string, words: readonly string[]) =>
  run(program, words).then(
    () => true,
    () => false,
  )
