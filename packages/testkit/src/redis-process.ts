import { join } from 'node:path'
import { removeEmbeddedRedis, startEmbeddedRedis } from '@rollcall/embedded/redis'
import { inject } from 'vitest'
import { ensureRedisServer } from './install-redis.ts'
import type { OwnServer } from './own-server.ts'
import type { Certificate, PrivateAuthority } from './private-authority.ts'
import { processServer } from './process-server.ts'
import type {} from './provided.ts'
import type { RedisSettings } from './redis-server.ts'
import { testPort } from './test-port.ts'
import { REDIS_PREFIX } from './test-run.ts'
import { uniqueName } from './unique-name.ts'

export interface RedisProcess extends OwnServer {
  readonly port: number
}

/** One that speaks TLS as well, at another port, with whom the authority has signed. */
export interface TlsRedisProcess extends RedisProcess {
  readonly tlsPort: number
}

/** What a `redis-server` shows of itself, and whom it trusts. Both sides of every connection show a certificate. */
export interface ServerTls extends Certificate {
  readonly ca: string
}

export const serverTls = async (authority: PrivateAuthority): Promise<ServerTls> => ({
  ca: authority.ca,
  ...(await authority.issue('redis')),
})

/** The settings by which it speaks TLS, with its replicas and with other nodes of its cluster too. */
export const tlsSettings = (port: number, { ca, cert, key }: ServerTls): RedisSettings => ({
  'tls-port': String(port),
  'tls-ca-cert-file': ca,
  'tls-cert-file': cert,
  'tls-key-file': key,
  'tls-replication': 'yes',
})

/** A new, empty Redis that is a process of this machine, whatever the run's other servers are made of. */
export async function startRedisProcess(settings: RedisSettings = {}): Promise<RedisProcess> {
  const executable = await ensureRedisServer()
  const directory = join(inject('testRun').directory, uniqueName(REDIS_PREFIX))
  const port = await testPort()
  const server = await startEmbeddedRedis({ executable, directory, port, settings })
  return { ...processServer(server, () => removeEmbeddedRedis(directory)), port }
}

export async function startTlsRedis(tls: ServerTls, settings: RedisSettings = {}): Promise<TlsRedisProcess> {
  const tlsPort = await testPort()
  return { ...(await startRedisProcess({ ...tlsSettings(tlsPort, tls), ...settings })), tlsPort }
}
