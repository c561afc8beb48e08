import type { Server } from 'node:http'

/** For connections on which nothing moves: above all that of a sender who takes no answers, which no other limit ends. */
const STILL_CONNECTION_MS = 30_000

/** Up to 26 KB each, with headers as long as may be, and a file, of which the queue needs some too. */
const MOST_CONNECTIONS = 10_500

/** Room is made no more often than that: it takes a look at every connection, and those who want in may be thousands. */
const ROOM_EVERY_MS = 1_000

/**
 * Limits what anybody may hold of a server without a signature [R21] [R23]. Where there are as many connections as may be,
 * those that wait for a next request are closed: who has been answered can come again, and who has not been let in cannot ask.
 */
export function limitConnections(server: Server, most = MOST_CONNECTIONS): void {
  server.maxConnections = most
  server.setTimeout(STILL_CONNECTION_MS)
  let roomMadeAt = Number.NEGATIVE_INFINITY
  server.on('drop', () => {
    if (performance.now() - roomMadeAt < ROOM_EVERY_MS) return
    roomMadeAt = performance.now()
    server.closeIdleConnections()
  })
}
