import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { startOpsServer } from './ops-server.ts'
import { passed } from './readiness.ts'

const metrics = { contentType: 'text/plain', metrics: async () => '' }

/** Writes a request as it stands, and reads until the server closes. */
function exchange(port: number, target: string): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  socket.write(`GET ${target} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`)
  return text(socket)
}

// Each once ended the process: what is no URL was thrown where nobody caught it.
test.each(['//', 'http://[', 'http://a:99999/', '///healthz', '*'])(
  '[R25] %s on the inner port is 404',
  async (target) => {
    await using opened = new AsyncDisposableStack()
    const checks = { process: () => passed('it runs') }
    const ops = opened.adopt(await startOpsServer({ port: 0, checks, metrics }), (each) => each.close())

    expect(await exchange(ops.port, target)).toMatch(/^HTTP\/1\.1 404 /)
    expect(await exchange(ops.port, '/healthz')).toMatch(/^HTTP\/1\.1 200 /)
  },
)
