import { EventEmitter, once } from 'node:events'
import { type AddressInfo, createConnection, createServer } from 'node:net'
import { expect, test } from 'vitest'
import { endSilentConnections } from './postgres-silence.ts'

/** A server that takes one connection and says nothing, and a client of it as `pg` has one. */
async function connectToSilence() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const stream = createConnection((server.address() as AddressInfo).port, '127.0.0.1')
  await once(server, 'connection')
  const pool = new EventEmitter()
  const closed = once(server, 'close')
  server.close() // what wants to connect from now on is refused
  return { pool, stream, closed, client: { processID: 1, secretKey: 2, connection: { stream } } }
}

test('[O35] a silent connection is ended also where nobody is there to cancel what it waits for', async () => {
  const { pool, stream, closed, client } = await connectToSilence()
  endSilentConnections(pool, 50)
  pool.emit('connect', { ...client, readyForQuery: false })
  await expect(once(stream, 'close')).rejects.toThrow('Postgres gave no answer within 50 ms')
  await closed
})

test('[O35] one on which nobody waits for an answer may be silent for as long as it likes', async () => {
  const { pool, stream, closed, client } = await connectToSilence()
  endSilentConnections(pool, 50)
  pool.emit('connect', { ...client, readyForQuery: true })
  await once(stream, 'timeout')
  expect(stream.destroyed).toBe(false)
  stream.destroy()
  await closed
})
