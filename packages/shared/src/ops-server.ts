import { once } from 'node:events'
import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { ConfigError } from './config.ts'
import { type Checks, readiness } from './readiness.ts'

/** What a registry of Prometheus's client offers. */
export interface Metrics {
  readonly contentType: string
  metrics(): Promise<string>
}

/**
 * `/healthz` and `/readyz` for the inner network, on a port of its own, so that a process without a public one can be
 * probed too. `/healthz` says that the event loop turns; `/readyz` says whether work can be done, and why not; `/metrics`
 * is for Prometheus, and answers without asking anybody [P2].
 */
export async function startOpsServer(options: { port: number; checks: Checks; metrics: Metrics }): Promise<OpsServer> {
  const server = createServer(async (request, response) => {
    // Whoever looks for open ports sends what is no URL as well, and what is thrown here ends the process [R25].
    const path = URL.parse(request.url ?? '/', 'http://ops')?.pathname
    if (path === '/healthz') return answer(response, 200, { status: 'ok' })
    if (path === '/readyz') {
      const state = await readiness(options.checks)
      return answer(response, state.ready ? 200 : 503, state)
    }
    if (path === '/metrics') {
      response.writeHead(200, { 'content-type': options.metrics.contentType, 'cache-control': 'no-store' })
      return response.end(await options.metrics.metrics())
    }
    return answer(response, 404, { error: 'not_found', message: 'This port serves /healthz, /readyz and /metrics.' })
  })
  await listen(server, options.port, 'OPS_PORT')
  return { port: portOf(server), close: () => closeServer(server) }
}

export interface OpsServer {
  readonly port: number
  close(): Promise<void>
}

/**
 * Listens, on all addresses unless one is given. Throws a `ConfigError` that names the variable to change where the port is
 * taken.
 */
export async function listen(server: Server, port: number, variable: string, address?: string): Promise<void> {
  server.listen(port, address)
  try {
    await once(server, 'listening')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code !== 'EADDRINUSE' && code !== 'EACCES') throw error
    const reason = code === 'EACCES' ? 'may not be used by this user' : 'is taken'
    throw new ConfigError(`Port ${port} ${reason}. Free it, or set ${variable} to another.`, { cause: error })
  }
}

export const portOf = (server: Server): number => (server.address() as AddressInfo).port

/** How often connections that a finished request left idle are looked for while a server closes. */
const IDLE_SWEEP_MS = 50

/** Refuses new connections, lets running requests finish, and does not wait for clients that keep theirs open. */
export async function closeServer(server: Server): Promise<void> {
  const closed = once(server, 'close')
  server.close()
  const sweep = setInterval(() => server.closeIdleConnections(), IDLE_SWEEP_MS)
  await closed
  clearInterval(sweep)
}

function answer(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' })
  response.end(`${JSON.stringify(body)}\n`)
}
