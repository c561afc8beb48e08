import { openTunnel, type Tunnel } from '@rollcall/testkit/tunnel'

/** What happens to a connection, and when. */
export interface Blow {
  /** At which of the statements that are sent from now on, from 1, over all connections. */
  readonly statement: number
  /** Before it reaches Postgres; or after Postgres has answered it, with the answer lost: a commit may be done, and nobody know. */
  readonly moment: 'before' | 'after'
  /** The connection ends; or nothing passes any more, until somebody ends it. */
  readonly effect: 'cut' | 'hold'
}

/** A way to Postgres on which a connection is cut at a statement. */
export interface ConnectionCutter extends Tunnel {
  /** Resolves when it has happened, which it may never do: less may be sent. */
  arm(blow: Blow): Promise<void>
  disarm(): void
}

/**
 * Whoever loses the answer to this leaves a handler claimed, to be due again 15 s after its time is up [H3]: true, tested
 * elsewhere, and too slow for each other step.
 */
const CLAIMS_HANDLER = 'skip locked'

export async function startConnectionCutter(targetUrl: string): Promise<ConnectionCutter> {
  let armed: { left: number; readonly blow: Blow; readonly struck: () => void } | undefined

  /** Whether it is this statement's turn. What a driver writes at once is one. */
  function strikes(sent: Buffer): typeof armed {
    if (!armed || sent.includes(CLAIMS_HANDLER) || --armed.left > 0) return undefined
    const striking = armed
    armed = undefined
    return striking
  }

  const tunnel = await openTunnel(targetUrl, (client, server) => {
    const answer = (data: Buffer) => void client.write(data)
    const pass = (data: Buffer) => {
      const striking = strikes(data)
      if (striking) strike(striking, data)
      else server.write(data)
    }
    function strike({ blow, struck }: NonNullable<typeof armed>, data: Buffer): void {
      client.off('data', pass)
      server.off('data', answer)
      const end = () => {
        if (blow.effect === 'cut') client.destroy()
        struck()
      }
      if (blow.moment === 'before') end()
      else server.once('data', end).write(data)
    }
    client.on('data', pass)
    server.on('data', answer)
  })

  return {
    ...tunnel,
    arm(blow) {
      const { promise, resolve } = Promise.withResolvers<void>()
      armed = { left: blow.statement, blow, struck: resolve }
      return promise
    },
    disarm() {
      armed = undefined
    },
  }
}
