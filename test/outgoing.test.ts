import { once } from 'node:events'
import { globSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { fileURLToPath } from 'node:url'
import { captureLog } from '@rollcall/testkit/captured-log'
import { userBody } from '@rollcall/testkit/deliveries'
import { createDatabase } from '@rollcall/testkit/postgres'
import { createQueue } from '@rollcall/testkit/queue'
import { expect, test } from 'vitest'
import { startPipeline } from './pipeline.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

/** Every file of ours that connects to somebody by itself, and whose address that is: of a variable, or a person's own. */
const ASKS: Readonly<Record<string, string>> = {
  'packages/clerk/src/backend-api.ts': 'CLERK_API_URL',
  'packages/cli/src/commands/send.ts': '--url, or the receiver that runs here',
  'packages/cli/src/demo/send-spike.ts': 'the receiver that `demo` has started',
  'packages/console/src/browser/overview.ts': 'the page, which asks its own server',
  'packages/embedded/src/redis-answers.ts': 'the server that was started here',
  'packages/queue/src/redis-handshake.ts': 'REDIS_URL',
  'packages/shared/src/postgres-silence.ts': 'DATABASE_URL',
}

const OUTGOING =
  /(?<![.\w])fetch\(|import \{[^}]*\b(?:request|get|connect|createConnection)\b[^}]*\} from 'node:(?:http|https|http2|net|tls)'/

test('[A20] whoever connects to others by themselves is known, with whose address it is', () => {
  const asking = globSync('packages/*/src/**/*.ts', { cwd: root })
    .filter((path) => !/\.test\.ts$|\/test-[\w-]+\.ts$|^packages\/testkit\//.test(path))
    .filter((path) => OUTGOING.test(readFileSync(`${root}/${path}`, 'utf8')))
  expect(asking.sort()).toEqual(Object.keys(ASKS).sort())
})

test('[A20] nothing asks an address that an event names', async () => {
  let connections = 0
  const stranger = createServer((socket) => {
    connections++
    socket.destroy()
  }).listen(0, '127.0.0.1')
  await once(stranger, 'listening')
  await using opened = new AsyncDisposableStack()
  opened.defer(async () => {
    stranger.close()
    await once(stranger, 'close')
  })
  const url = `http://127.0.0.1:${(stranger.address() as { port: number }).port}/latest/meta-data`

  const database = opened.use(await createDatabase())
  const queue = opened.use(await createQueue('redis'))
  const pipeline = opened.use(await startPipeline({ DATABASE_URL: database.url, ...queue.variables }, captureLog().log))
  const fields = {
    image_url: url,
    profile_image_url: url,
    first_name: url,
    external_accounts: [{ object: 'external_account', id: 'idn_1', avatar_url: url, image_url: url }],
    public_metadata: { url, $ref: url, $schema: url },
  }
  const at = 1_764_000_000_000
  await pipeline.send(userBody({ type: 'user.created', id: url, occurredAt: at, updatedAt: at, fields }), 'msg_url')
  await pipeline.send({ object: url, type: url, url, data: { id: url, url } }, 'msg_unknown')
  await pipeline.untilSettled(2, 60_000)
  expect(await pipeline.query('select image_url from clerk.users')).toEqual([{ image_url: url }])
  expect(connections).toBe(0)
})
