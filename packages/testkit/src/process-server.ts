import type { EmbeddedServer } from '@rollcall/embedded/embedded-server'
import type { OwnServer } from './own-server.ts'

/** A server that runs as a process of this machine. */
export function processServer(server: EmbeddedServer, remove: () => Promise<void>): OwnServer {
  const dispose = async () => {
    await server.kill('SIGKILL') // nothing it keeps is wanted any more
    await remove()
  }
  return {
    url: server.url,
    stop: () => server.stop(),
    start: () => server.start(),
    kill: () => server.kill('SIGKILL'),
    freeze: () => server.kill('SIGSTOP'),
    thaw: () => server.kill('SIGCONT'),
    dispose,
    [Symbol.asyncDispose]: dispose,
  }
}
