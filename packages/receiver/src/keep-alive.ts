import type { Server, ServerResponse } from 'node:http'

/** Whether a server keeps connections open for further requests. */
export interface KeepAlive {
  /**
   * From now on each answer says `Connection: close`, those to requests that have begun included. Who was told that sends
   * nothing into a connection that is about to be closed [S2].
   */
  end(): void
}

/** Attached before the server has been asked anything. */
export function endableKeepAlive(server: Server): KeepAlive {
  const underWay = new Set<ServerResponse>()
  let hasEnded = false
  server.prependListener('request', (_request, response) => {
    if (hasEnded) response.shouldKeepAlive = false
    underWay.add(response)
    response.once('close', () => underWay.delete(response))
  })
  return {
    end() {
      hasEnded = true
      for (const response of underWay) response.shouldKeepAlive = false
    },
  }
}
