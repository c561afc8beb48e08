import { createDatabase } from '@rollcall/testkit/postgres'
import { startProxy } from '@rollcall/testkit/proxy'
import { Client } from 'pg'
import { expect, test } from 'vitest'
import { endSilentListener } from './postgres-listener.ts'

test('[O35] a connection that is to be notified is ended where the network has forgotten it', async () => {
  await using database = await createDatabase({ session: true })
  await using network = await startProxy(database.url)
  const client = new Client({ connectionString: network.url })
  const broken = Promise.withResolvers<Error>()
  client.on('error', broken.resolve)
  await client.connect()
  const connection = { getListenClient: async () => client }
  endSilentListener(connection, 500)

  const listener = await connection.getListenClient()
  network.forget()
  await expect(listener.query('listen jobs')).rejects.toThrow('no answer')
  expect((await broken.promise).message).toContain('no answer')
})
