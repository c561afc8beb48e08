import { once } from 'node:events'
import { createConnection, createServer, type Server, type Socket } from 'node:net'
import { testPort } from './test-port.ts'

/** A network between us and a server, which a test can take away. */
export interface Proxy extends AsyncDisposable {
  /** The target's, by way of the proxy. */
  readonly url: string
  /** Breaks all connections and refuses new ones. */
  cut(): Promise<void>
  /** Resets all connections, and new ones as soon as they are there. */
  reset(): void
  /** Keeps all connections, takes new ones, and passes nothing on. What it holds back passes once it is restored. */
  swallow(): void
  /**
   * Forgets the connections that there are, as a gateway that was restarted: nothing passes on them ever again, and neither
   * side learns it, nor that the other has gone. New ones pass.
   */
  forget(): void
  restore(): Promise<void>
  /** Leads new connections to another server, as an address that has moved does, and breaks those that there are. */
  lead(targetUrl: string): void
  close(): Promise<void>
}

export async function startProxy(targetUrl: string): Promise<Proxy> {
  let address = addressOf(targetUrl)
  const port = await testPort()
  /** Each with the one at the other end. */
  const connections = new Map<Socket, Socket>()
  const forgotten = new Set<Socket>()
  let state: 'open' | 'resetting' | 'swallowing' = 'open'

  const track = (socket: Socket, other: Socket) => {
    connections.set(socket, other)
    socket.on('error', () => {}) // the close that follows is all that matters
    socket.on('close', () => {
      connections.delete(socket)
      forgotten.delete(socket)
      if (!forgotten.has(other)) other.destroy()
    })
    if (state === 'open') socket.pipe(other)
  }
  const connect = (fromClient: Socket) => {
    if (state === 'resetting') {
      fromClient.on('error', () => {})
      fromClient.resetAndDestroy()
      return
    }
    const toServer = createConnection(address)
    track(fromClient, toServer)
    track(toServer, fromClient)
  }

  let listener: Server | undefined = await listen(port, connect)
  const cut = async () => {
    const closing = listener
    listener = undefined
    if (!closing) return
    const closed = once(closing, 'close')
    closing.close()
    for (const socket of [...connections.keys(), ...forgotten]) socket.destroy()
    await closed
  }

  return {
    url: Object.assign(new URL(targetUrl), { hostname: '127.0.0.1', port: String(port) }).href,
    cut,
    reset() {
      state = 'resetting'
      for (const socket of connections.keys()) socket.resetAndDestroy()
    },
    swallow() {
      state = 'swallowing'
      for (const [socket, other] of connections) socket.unpipe(other).pause()
    },
    forget() {
      for (const socket of connections.keys()) {
        forgotten.add(socket)
        socket.unpipe().resume()
      }
      connections.clear()
    },
    async restore() {
      state = 'open'
      for (const [socket, other] of connections) socket.unpipe(other).pipe(other)
      listener ??= await listen(port, connect)
    },
    lead(otherUrl) {
      address = addressOf(otherUrl)
      for (const socket of connections.keys()) socket.destroy()
    },
    close: cut,
    [Symbol.asyncDispose]: cut,
  }
}

const addressOf = (url: string) => {
  const { hostname: host, port } = new URL(url)
  return { host, port: Number(port) }
}

async function listen(port: number, connect: (fromClient: Socket) => void): Promise<Server> {
  const server = createServer(connect).listen({ port, host: '127.0.0.1' })
  await once(server, 'listening')
  return server
}
