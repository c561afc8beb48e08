import { once } from 'node:events'
import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { pause } from '@rollcall/shared/deadline'

/** A load balancer of the plainest kind: it goes by readiness alone, and tries nothing again. */
export interface Balancer extends AsyncDisposable {
  readonly url: string
  /** Sends it requests whenever it is ready. Where it is gone it is not ready. */
  add(target: Target): void
}

export interface Target {
  readonly url: string
  readonly readyUrl: string
}

/** How often it asks each target whether it is ready; real ones take their time. */
const LOOK_MS = 100

/** One that is not ready so often in a row gets nothing any more. */
const MOST_MISSES = 3

/** Takes turns between those targets that were ready when it looked last, or of which it has missed a look or two. Answers 502 where a target broke off, 503 without one. */
export async function startBalancer(): Promise<Balancer> {
  const stop = new AbortController()
  // Kept open and used again, as balancers do: the hardest for who wants to stop.
  const agent = new Agent({ keepAlive: true })
  /** How often in a row each was not ready. */
  const misses = new Map<Target, number>()
  const looking: Promise<void>[] = []
  let turn = 0

  async function watch(target: Target): Promise<void> {
    while (!stop.signal.aborted) {
      misses.set(target, (await isReady(target)) ? 0 : (misses.get(target) ?? MOST_MISSES) + 1)
      await pause(LOOK_MS, stop.signal)
    }
  }

  const server = createServer((incoming, answer) => {
    const ready = [...misses].flatMap(([target, inARow]) => (inARow < MOST_MISSES ? [target] : []))
    const target = ready[turn++ % ready.length]
    if (target) passOn(incoming, answer, target, agent)
    else answer.writeHead(503).end('no target is ready')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    add: (target) => void looking.push(watch(target)),
    async [Symbol.asyncDispose]() {
      stop.abort()
      await Promise.all(looking)
      agent.destroy()
      server.closeAllConnections()
      const closed = once(server, 'close')
      server.close()
      await closed
    },
  }
}

const isReady = async ({ readyUrl }: Target): Promise<boolean> => {
  try {
    const response = await fetch(readyUrl, { signal: AbortSignal.timeout(5_000) })
    await response.arrayBuffer()
    return response.ok
  } catch {
    return false
  }
}

function passOn(incoming: IncomingMessage, answer: ServerResponse, { url }: Target, agent: Agent): void {
  const { method, headers, url: path } = incoming
  const outgoing = request(new URL(path!, url), { method, headers, agent }, (response) => {
    const { connection: _hop, 'keep-alive': _hops, ...passed } = response.headers
    answer.writeHead(response.statusCode!, passed)
    response.pipe(answer)
  })
  outgoing.on('error', (error) => {
    if (answer.headersSent) answer.destroy()
    else answer.writeHead(502).end(error.message)
  })
  incoming.pipe(outgoing)
}
