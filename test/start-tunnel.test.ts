import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseEnv, stripVTControlCharacters } from 'node:util'
import { newSecret, post, signedRequest } from '@rollcall/testkit/svix'
import { testPort } from '@rollcall/testkit/test-port'
import { until } from '@rollcall/testkit/wait'
import { expect, test } from 'vitest'
import { rollcall } from './rollcall.ts'
import { folderToStartIn } from './start-everything.ts'

const MAIN = fileURLToPath(new URL('../packages/cli/src/main.ts', import.meta.url))
const STAND_IN = new URL('./ngrok-stand-in.ts', import.meta.url).href

/** `rollcall start --tunnel ngrok` at a terminal of its own, which `script` makes; what is typed is typed there. */
function startAtTerminal(folder: string, port: number, opened: AsyncDisposableStack) {
  const call = `${process.execPath} --import ${STAND_IN} ${MAIN} start --tunnel ngrok --domain clerk-test.ngrok.app`
  const child = spawn('script', ['--quiet', '--return', '--flush', '--command', call, '/dev/null'], {
    cwd: folder,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, TERM: 'xterm', NGROK_AUTHTOKEN: 'a_token', PORT: `${port}` },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const ended = once(child, 'close').then(([code]): number | null => code)
  opened.defer(async () => {
    child.kill('SIGKILL')
    await ended
  })
  let shown = ''
  child.stdout.on('data', (chunk) => {
    shown += chunk
  })
  return {
    type: (text: string) => void child.stdin.write(text),
    ended,
    untilShown: (text: string) =>
      until(() => stripVTControlCharacters(shown).includes(text) && stripVTControlCharacters(shown), {
        timeoutMs: 60_000,
        what: `\`${text}\` is shown`,
      }).catch((cause) => {
        throw new Error(shown, { cause })
      }),
  }
}

test('[C40] [C41] [C42] with a tunnel, start leads from nothing to the first webhook', async () => {
  await using opened = new AsyncDisposableStack()
  const folder = await folderToStartIn(opened)
  // The tunnel leads to it long before anything listens there, while other tests start servers on the usual one.
  const port = await testPort()
  const terminal = startAtTerminal(folder, port, opened)
  const asked = await terminal.untilShown('Signing secret (whsec_…)')
  expect(asked).toContain('Endpoint URL:  https://clerk-test.ngrok.app/api/webhooks')
  expect(asked).toContain('user: created, deleted, updated')

  const secret = newSecret()
  terminal.type(`${secret}\r`)
  const panel = await terminal.untilShown('Waiting for the first one')
  expect(panel).not.toContain(secret.slice('whsec_'.length))
  expect(parseEnv(await readFile(join(folder, '.env'), 'utf8'))).toEqual({ CLERK_WEBHOOK_SIGNING_SECRET: secret })

  const endpoint = /Endpoint +(http\S+)/.exec(panel)![1]!
  expect(endpoint).toBe(`http://127.0.0.1:${port}/api/webhooks`)
  const body = JSON.stringify({ type: 'user.created', timestamp: Date.now(), data: { id: 'user_ada', updated_at: 1 } })
  expect((await post(endpoint, signedRequest({ secret: newSecret(), body }))).status).toBe(400)
  await terminal.untilShown('the signing secret does not match')
  const late = new Date(Date.now() - 3_600_000)
  expect((await post(endpoint, signedRequest({ secret, body, attemptedAt: late }))).status).toBe(400)
  await terminal.untilShown("more than 5 minutes from this machine's clock")
  expect((await post(endpoint, signedRequest({ secret, body }))).status).toBe(200)
  await terminal.untilShown('Clerk is connected. The first webhook has come and verified: user.created of user_ada.')

  terminal.type('\u0003')
  expect(await terminal.ended).toBe(0)
})

test('[C40] [C43] what a tunnel needs is said before anything is started', async () => {
  await using opened = new AsyncDisposableStack()
  const folder = await folderToStartIn(opened)
  expect(await rollcall(folder, ['start', '--tunnel', 'ngork'])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('Did you mean `ngrok`?'),
  })
  expect(await rollcall(folder, ['start', '--domain', 'x.ngrok.app'])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('add --tunnel ngrok'),
  })
  expect(await rollcall(folder, ['start', '--tunnel', 'ngrok'])).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('NGROK_AUTHTOKEN is not set'),
  })
})
