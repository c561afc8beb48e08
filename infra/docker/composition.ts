import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { until } from '@rollcall/testkit/wait'

/** The containers of a `docker compose up`, and what can be done to each. */
export interface Composition {
  containersOf(service: string): Promise<readonly Container[]>
  /** What a query that answers with one JSON text says. */
  query<Answer>(sql: string): Promise<Answer>
}

export interface Container {
  readonly name: string
  /** Ends its first process as a crash does, and waits until the engine has started it again. */
  crash(): Promise<void>
  untilHealthy(): Promise<void>
  /** Tells it to stop, starts it again and waits until it is healthy. */
  restart(): Promise<Stop>
}

export interface Stop {
  readonly exitCode: number
  readonly tookMs: number
}

interface State {
  readonly Running: boolean
  readonly Pid: number
  readonly StartedAt: string
  readonly ExitCode: number
  readonly Health: { readonly Status: string }
}

/** A container is started again in a second, and looked at for its health five seconds later; this is for a slow machine. */
const PATIENCE_MS = 60_000

/** The answer of a query may hold every row. */
const MOST_OUTPUT_BYTES = 256 * 1024 * 1024

const run = promisify(execFile)
const docker = async (...words: readonly string[]): Promise<string> =>
  (await run('docker', words, { maxBuffer: MOST_OUTPUT_BYTES })).stdout.trim()

export function openComposition(project: string, image: string): Composition {
  // `.env` is a person's own and has no say here.
  const compose = (...words: readonly string[]) =>
    docker('compose', '--project-name', project, '--env-file', '/dev/null', ...words)

  return {
    async containersOf(service) {
      const names = (await compose('ps', '--format', '{{.Name}}', service)).split('\n').filter(Boolean).sort()
      return names.map((name) => container(name, image))
    },
    async query(sql) {
      const answer = await compose('exec', '-T', 'postgres', 'psql', '-U', 'rollcall', '-d', 'rollcall', '-Atc', sql)
      return JSON.parse(answer)
    },
  }
}

function container(name: string, image: string): Container {
  const state = async (): Promise<State> => JSON.parse(await docker('inspect', '--format', '{{json .State}}', name))
  const untilHealthy = async () => {
    await until(async () => (await state()).Health.Status === 'healthy', {
      timeoutMs: PATIENCE_MS,
      what: `${name} is healthy again`,
    })
  }

  return {
    name,
    untilHealthy,
    async crash() {
      const before = await state()
      await killOnHost(before.Pid, image)
      const isBack = async () => {
        const { Running, StartedAt } = await state()
        return Running && StartedAt !== before.StartedAt
      }
      await until(isBack, { timeoutMs: PATIENCE_MS, what: `the engine starts ${name} again` })
    },
    async restart() {
      const toldAt = performance.now()
      await docker('stop', name)
      const tookMs = Math.round(performance.now() - toldAt)
      const { ExitCode: exitCode } = await state()
      await docker('start', name)
      await untilHealthy()
      return { exitCode, tookMs }
    },
  }
}

/** `docker kill` counts as a person's wish, after which the engine does not start a container again. */
const killOnHost = (pid: number, image: string) =>
  docker('run', '--rm', '--pid', 'host', '--user', 'root', '--entrypoint', 'sh', image, '-c', `kill -KILL ${pid}`)
