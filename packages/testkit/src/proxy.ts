import { once } from 'node:events'
import { createConnection, createServer, type Server, type Socket } from 'node:net'
import { freePort } from '@rollcall/embedded/free-port'

/** A network between us and a server, which a test can take away. */
export interface Proxy extends AsyncDisposable {
  /** The target's, by way of the proxy. */
  readonly url: string
  /** Breaks all connections and refuses new ones. */
  cut(): Promise<void>
  restore(): Promise<void>
  close(): Promise<void>
}

export async function startProxy(targetUrl: string): Promise<Proxy> {
  const target = new URL(targetUrl)
  const address = { host: target.hostname, port: Number(target.port) }
  const port = await freePort()
  const connections = new Set<Socket>()

  const track = (socket: Socket, other: Socket) => {
    connections.add(socket)
    socket.on('error', () => {}) // the close that follows is all that matters
    socket.on('close', () => {
      connections.delete(socket)
      other.destroy()
    })
    socket.pipe(other)
  }
  const connect = (fromClient: Socket) => {
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
    for (const socket of connections) socket.destroy()
    await closed
  }

  return {
    url: Object.assign(new URL(targetUrl), { hostname: '127.0.0.1', port: String(port) }).href,
    cut,
    async restore() {
      listener ??= await listen(port, connect)
    },
    close: cut,
    [Symbol.asyncDispose]: cut,
  }
}

async function listen(port: number, connect: (fromClient: Socket) => void): Promise<Server> {
  const server = createServer(connect).listen({ port, host: '127.0.0.1' })
  await once(server, 'listening')
  return server
}
