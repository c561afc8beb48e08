import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { ServerProblem } from './server-problem.ts'

/**
 * Above the ports that people know by heart, below those that Linux gives to outgoing connections (32,768 and up): a
 * server that is stopped for a while must not find its port taken by a client that was passing by.
 */
const LOWEST_PORT = 20_000
const HIGHEST_PORT = 32_767

/** So many misses in a row mean that something else is wrong. */
const ATTEMPTS = 100

/** Given to somebody of this process, who may not listen there yet: whoever asks next gets another. */
const given = new Set<number>()

/** A port that nothing listens on: the preferred one if it is free, else any. */
export async function freePort(preferred?: number): Promise<number> {
  if (preferred && (await isFree(preferred))) return preferred
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const port = randomInt(LOWEST_PORT, HIGHEST_PORT + 1)
    if (given.has(port)) continue
    given.add(port)
    if (await isFree(port)) return port
  }
  throw new ServerProblem(
    `Found no free port between ${LOWEST_PORT} and ${HIGHEST_PORT} on 127.0.0.1.`,
    'End what listens on them, or allow listening on them.',
  )
}

/** One that is asked for, or any, with one that is preferred. */
export type Port = number | { readonly preferred?: number | undefined }

/** What Node, Postgres, Redis and our own processes say. */
const SAYS_TAKEN = /EADDRINUSE|address already in use|is taken/i

/** One that finds so many taken in a row has said something else. */
const MOST_STARTS = 10

/**
 * Starts something that listens. Where any port will do, it is chosen now, and anew where somebody else took it before the
 * start had come so far: of two that are started together both look first.
 */
export async function startOnPort<Started>(port: Port, start: (port: number) => Promise<Started>): Promise<Started> {
  if (typeof port === 'number') return start(port)
  for (let starts = 1; ; starts++) {
    const chosen = await freePort(port.preferred)
    try {
      return await start(chosen)
    } catch (error) {
      // Whoever had it may only have looked whether it is free, and be gone by now: then what was said of it is all there is.
      const wasTaken = SAYS_TAKEN.test(`${error}`) || !(await isFree(chosen))
      if (!wasTaken || starts === MOST_STARTS) throw error
    }
  }
}

/** Asks for every address too: some systems let 127.0.0.1 be taken in front of a server that listens on all. */
async function isFree(port: number): Promise<boolean> {
  for (const host of ['127.0.0.1', '0.0.0.0', '::']) {
    if (!(await canListen(port, host))) return false
  }
  return true
}

/** Of a machine without IPv6. */
const NO_SUCH_ADDRESS = new Set(['EAFNOSUPPORT', 'EADDRNOTAVAIL'])

async function canListen(port: number, host: string): Promise<boolean> {
  const server = createServer()
  try {
    server.listen({ port, host })
    await once(server, 'listening')
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException
    if (code === 'EADDRINUSE' || code === 'EACCES') return false
    if (NO_SUCH_ADDRESS.has(code)) return true
    throw error
  }
  server.close()
  await once(server, 'close')
  return true
}
