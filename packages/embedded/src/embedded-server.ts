import { claimDirectory } from './claim.ts'
import type { HardSignal } from './end-process.ts'
import type { ServerProcess } from './server-process.ts'

/** A server that we run ourselves, in one directory and on one port. */
export interface EmbeddedServer {
  readonly url: string
  /** Of the process that runs now, or that ran last. */
  readonly pid: number
  /** Resolves when that process has ended, however it ended, with a word on how. */
  readonly exited: Promise<string>
  /** Starts it again, on the same port and with the same data. */
  start(): Promise<void>
  stop(): Promise<void>
  /** For tests of what happens when a server dies or freezes. */
  kill(signal: HardSignal): Promise<void>
}

/** A process that has just become ready, and the address that it answers at. */
export interface Launched {
  readonly server: ServerProcess
  readonly url: string
}

/** Runs what `launch` starts, never twice at a time. The directory is ours exactly as long as a server runs in it [E6]. */
export async function startEmbeddedServer(directory: string, launch: () => Promise<Launched>): Promise<EmbeddedServer> {
  const claimAndLaunch = async (): Promise<Launched> => {
    const claim = await claimDirectory(directory)
    try {
      const launched = await launch()
      void launched.server.exited.then(() => claim.release())
      return launched
    } catch (error) {
      claim.release()
      throw error
    }
  }

  let current = await claimAndLaunch()
  return {
    url: current.url,
    get pid() {
      return current.server.pid
    },
    get exited() {
      return current.server.exited
    },
    async start() {
      current = await claimAndLaunch()
    },
    stop: () => current.server.stop(),
    kill: (signal) => current.server.kill(signal),
  }
}
