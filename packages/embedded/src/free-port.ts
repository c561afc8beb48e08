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

/** A port that nothing listens on: the preferred one if it is free, else any. */
export async function freePort(preferred?: number): Promise<number> {
  if (preferred && (await isFree(preferred))) return preferred
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const port = randomInt(LOWEST_PORT, HIGHEST_PORT + 1)
    if (await isFree(port)) return port
  }
  throw new ServerProblem(
    `Found no free port between ${LOWEST_PORT} and ${HIGHEST_PORT} on 127.0.0.1.`,
    'End what listens on them, or allow listening on them.',
  )
}

/** Asks for every address too: some systems let 127.0.0.1 be taken in front of a server that listens on all. */
const isFree = async (port: number): Promise<boolean> =>
  (await canListen(port, '127.0.0.1')) && (await canListen(port, '0.0.0.0'))

async function canListen(port: number, host: string): Promise<boolean> {
  const server = createServer()
  try {
    server.listen({ port, host })
    await once(server, 'listening')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EADDRINUSE' || code === 'EACCES') return false
    throw error
  }
  server.close()
  await once(server, 'close')
  return true
}
