import { once } from 'node:events'
import { createConnection, createServer, type Socket } from 'node:net'

/** A way to a server that leads through this process. */
export interface Tunnel extends AsyncDisposable {
  /** The server's, by this way. */
  readonly url: string
}

/** Opens one. What passes between the two ends of a connection is `join`'s; whichever of them closes, the other one does too. */
export async function openTunnel(targetUrl: string, join: (client: Socket, server: Socket) => void): Promise<Tunnel> {
  const target = new URL(targetUrl)
  const sockets = new Set<Socket>()

  const listener = createServer((client) => {
    const server = createConnection({ host: target.hostname, port: Number(target.port) })
    for (const [socket, other] of [
      [client, server],
      [server, client],
    ] as const) {
      sockets.add(socket)
      socket.on('error', () => {}) // the close that follows is all that matters
      socket.on('close', () => {
        sockets.delete(socket)
        other.destroy()
      })
    }
    join(client, server)
  }).listen({ port: 0, host: '127.0.0.1' })
  await once(listener, 'listening')
  const { port } = listener.address() as { port: number }

  return {
    url: Object.assign(new URL(targetUrl), { hostname: '127.0.0.1', port: String(port) }).href,
    async [Symbol.asyncDispose]() {
      const closed = once(listener, 'close')
      listener.close()
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}
