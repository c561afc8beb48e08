import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { startEmbeddedServer } from '@rollcall/embedded/embedded-server'
import { whenReady } from '@rollcall/embedded/ready'
import { removeEmbeddedRedis } from '@rollcall/embedded/redis'
import { redisAnswers } from '@rollcall/embedded/redis-answers'
import { REDIS_STOP, redisPidFile } from '@rollcall/embedded/redis-left-behind'
import { startServerProcess } from '@rollcall/embedded/server-process'
import { inject } from 'vitest'
import { ensureRedisServer } from './install-redis.ts'
import { processServer } from './process-server.ts'
import type {} from './provided.ts'
import { askNode } from './redis-cluster-view.ts'
import { type ServerTls, startTlsRedis, type TlsRedisProcess, tlsSettings } from './redis-process.ts'
import { testPort } from './test-port.ts'
import { REDIS_PREFIX } from './test-run.ts'
import { uniqueName } from './unique-name.ts'
import { until } from './wait.ts'

/** A master and a replica, and three Sentinels that watch them; all of them speak TLS. */
export interface WatchedRedis extends AsyncDisposable {
  /** `host:port` of the Sentinels, separated by commas. */
  readonly sentinels: string
  readonly name: string
  /** The first is the master to begin with. */
  readonly servers: readonly [TlsRedisProcess, TlsRedisProcess]
  /** Which of them the Sentinels send clients to now. */
  master(): Promise<TlsRedisProcess>
}

const NAME = 'main'

/** Two of three have to agree that the master is gone, which they find after a second. */
const QUORUM = 2
const SENTINELS = 3
const DOWN_AFTER_MS = 1_000
const FAILOVER_TIMEOUT_MS = 5_000

const READY_MS = 60_000

export async function startWatchedRedis(tls: ServerTls): Promise<WatchedRedis> {
  await using opened = new AsyncDisposableStack()
  const first = opened.use(await startTlsRedis(tls))
  const second = opened.use(await startTlsRedis(tls, { replicaof: `127.0.0.1 ${first.tlsPort}` }))
  const sentinels: Sentinel[] = []
  while (sentinels.length < SENTINELS) sentinels.push(opened.use(await startSentinel(first.tlsPort, tls)))

  const [{ url }] = sentinels as [Sentinel]
  const field = (name: string) => async () => {
    const fields = (await askNode(url, (redis) => redis.call('SENTINEL', 'MASTER', NAME))) as Record<string, string>
    return Number(new Map(pairsOf(fields)).get(name))
  }
  const [others, replicas] = [field('num-other-sentinels'), field('num-slaves')]
  await until(async () => (await others()) === SENTINELS - 1 && (await replicas()) === 1, {
    timeoutMs: READY_MS,
    what: 'the Sentinels have found each other and the replica',
  })
  const everything = opened.move()
  return {
    sentinels: sentinels.map(({ tlsPort }) => `127.0.0.1:${tlsPort}`).join(','),
    name: NAME,
    servers: [first, second],
    async master() {
      const answer = await askNode(url, (redis) => redis.call('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', NAME))
      return Number((answer as string[])[1]) === first.tlsPort ? first : second
    },
    [Symbol.asyncDispose]: () => everything.disposeAsync(),
  }
}

interface Sentinel extends AsyncDisposable {
  readonly url: string
  readonly tlsPort: number
}

/** It writes what it learns into its configuration, so that is a file. */
async function startSentinel(masterPort: number, tls: ServerTls): Promise<Sentinel> {
  const command = await ensureRedisServer()
  const directory = join(inject('testRun').directory, uniqueName(REDIS_PREFIX))
  await mkdir(directory, { recursive: true })
  const [port, tlsPort] = [await testPort(), await testPort()]
  const settings = {
    bind: '127.0.0.1',
    port: String(port),
    dir: directory,
    pidfile: redisPidFile(directory),
    ...tlsSettings(tlsPort, tls),
    'sentinel monitor': `${NAME} 127.0.0.1 ${masterPort} ${QUORUM}`,
    'sentinel down-after-milliseconds': `${NAME} ${DOWN_AFTER_MS}`,
    'sentinel failover-timeout': `${NAME} ${FAILOVER_TIMEOUT_MS}`,
  }
  const file = join(directory, 'sentinel.conf')
  await writeFile(
    file,
    Object.entries(settings)
      .map(([name, value]) => `${name} ${value}\n`)
      .join(''),
  )

  const logFile = join(directory, 'redis.log')
  const url = `redis://127.0.0.1:${port}`
  const server = await startEmbeddedServer(directory, async () => {
    const options = { command, commandArguments: [file, '--sentinel'], directory, logFile, stopSteps: REDIS_STOP }
    const launched = await startServerProcess(options)
    await whenReady({ name: 'Sentinel', server: launched, logFile, answers: () => redisAnswers(url) })
    return { server: launched, url }
  })
  const { [Symbol.asyncDispose]: dispose } = processServer(server, () => removeEmbeddedRedis(directory))
  return { url, tlsPort, [Symbol.asyncDispose]: dispose }
}

/** A flat list in RESP2, an object in RESP3. */
const pairsOf = (fields: unknown): [string, string][] =>
  Array.isArray(fields)
    ? fields.flatMap((name, i) => (i % 2 === 0 ? [[String(name), String(fields[i + 1])] as [string, string]] : []))
    : Object.entries(fields as Record<string, string>)
