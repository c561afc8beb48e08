import { connect } from 'node:net'

/** Sends bytes as they are, and resolves with what comes back until the connection is closed. */
export async function exchangeBytes(port: number, bytes: string | Buffer): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>()
  let answer = ''
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true }, () =>
    socket.end(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes),
  )
  socket.on('data', (some) => {
    answer += some.toString('latin1')
  })
  socket.on('error', () => resolve(answer)) // it was reset: whatever came is the answer
  socket.on('close', () => resolve(answer))
  socket.on('end', () => socket.destroy())
  return promise
}
