import { openTunnel, type Tunnel } from './tunnel.ts'

/** A way to a server on which an answer can be lost: what was asked is done, and whoever asked never learns it. */
export interface LossyNetwork extends Tunnel {
  /** Loses the next answer in which the text stands, and its connection with it. Resolves when that has happened. */
  loseAnswer(text: string): Promise<void>
}

export async function startLossyNetwork(targetUrl: string): Promise<LossyNetwork> {
  let losing: { readonly text: string; readonly lost: () => void } | undefined

  const tunnel = await openTunnel(targetUrl, (client, server) => {
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
  })

  return {
    ...tunnel,
    loseAnswer(text) {
      const { promise, resolve } = Promise.withResolvers<void>()
      losing = { text, lost: resolve }
      return promise
    },
  }
}
