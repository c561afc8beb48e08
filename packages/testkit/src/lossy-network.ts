import { once } from 'node:events'
import { createConnection, createServer, type Socket } from 'node:net'

/** A way to a server on which an answer can be lost: what was asked is done, and whoever asked never learns it. */
export interface LossyNetwork extends AsyncDisposable {
  /** The server's, by this way. */
  readonly url: string
  /** Loses the next answer in which the text stands, and its connection with it. Resolves when that has happened. */
  loseAnswer(text: string): Promise<void>
}

export async function startLossyNetwork(targetUrl: string): Promise<LossyNetwork> {
  const target = new URL(targetUrl)
  const sockets = new Set<Socket>()
  let losing: { readonly text: string; readonly lost: () => void } | undefined

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
    client.pipe(server)
    server.on('data', (answer) => {
      if (!losing || !answer.includes(losing.text)) {
        client.write(answer)
        return
      }
      const { lost } = losing
      losing = undefined
      server.removeAllListeners('data').destroy()
      lost()
    })
  }).listen({ port: 0, host: '127.0.0.1' })
  await once(listener, 'listening')
  const { port } = listener.address() as { port: number }

  return {
    url: Object.assign(new URL(targetUrl), { hostname: '127.0.0.1', port: String(port) }).href,
    loseAnswer(text) {
      const { promise, resolve } = Promise.withResolvers<void>()
      losing = { text, lost: resolve }
      return promise
    },
    async [Symbol.asyncDispose]() {
      const closed = once(listener, 'close')
      listener.close()
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}
