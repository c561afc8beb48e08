import { GenericContainer, getContainerRuntimeClient, Wait } from 'testcontainers'
import { runLabel } from './containers.ts'
import type { OwnServer } from './own-server.ts'
import { testPort } from './test-port.ts'
import type { TestRun } from './test-run.ts'
import { until } from './wait.ts'

interface ContainerOptions {
  readonly run: TestRun
  readonly image: string
  readonly command: readonly string[]
  readonly environment: Readonly<Record<string, string>>
  readonly port: number
  readonly url: (address: string) => string
  readonly answers: (url: string) => Promise<boolean>
}

/** A database on a busy machine takes a few seconds; a minute later it is not coming. */
const READY_MS = 60_000

/** As long as an embedded Postgres has for its shutdown. */
const STOP_GRACE_S = 5

/** A server that runs in a container. Its port on the host is fixed, so that it is still there after a stop and a start. */
export async function startContainerServer(options: ContainerOptions): Promise<OwnServer> {
  const hostPort = await testPort()
  const started = await new GenericContainer(options.image)
    .withEnvironment(options.environment)
    .withCommand([...options.command])
    .withExposedPorts({ container: options.port, host: hostPort })
    .withLabels(runLabel(options.run))
    .withWaitStrategy(Wait.forLogMessage(/./)) // what counts is an answer, for which we ask below
    .start()
  const container = (await getContainerRuntimeClient()).container.getById(started.getId())

  // Docker publishes on IPv4 for certain; `localhost` may be tried as IPv6 first.
  const host = started.getHost() === 'localhost' ? '127.0.0.1' : started.getHost()
  const url = options.url(`${host}:${hostPort}`)
  const ready = () => until(() => options.answers(url), { timeoutMs: READY_MS, what: `${options.image} answers` })
  let removed: Promise<void> | undefined
  const dispose = () => {
    removed ??= container.remove({ force: true, v: true })
    return removed
  }

  try {
    await ready()
  } catch (error) {
    await dispose()
    throw error
  }
  return {
    url,
    async stop() {
      await container.stop({ t: STOP_GRACE_S })
    },
    async start() {
      await container.start()
      await ready()
    },
    async kill() {
      const gone = container.wait()
      await container.kill()
      await gone
    },
    async freeze() {
      await container.pause()
    },
    async thaw() {
      await container.unpause()
    },
    dispose,
    [Symbol.asyncDispose]: dispose,
  }
}
