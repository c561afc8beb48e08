import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { parseEnv, promisify, stripVTControlCharacters } from 'node:util'
import { isDocumented } from '@rollcall/resources/event-types'
import { settingsOf } from '@rollcall/testkit/settings'
import { newSecret } from '@rollcall/testkit/svix'
import { expect, onTestFinished, test } from 'vitest'
import { askSecret } from './ask-secret.ts'
import { setInDotEnv, withVariable } from './dot-env.ts'
import { createNarrator } from './narrate.ts'
import { clerkSteps, neededEvents, tunnelHints } from './steps.ts'
import { openTunnel } from './tunnel.ts'

const ENDPOINT = 'https://example.ngrok.app/api/webhooks'
const plain = (lines: readonly string[]) => stripVTControlCharacters(lines.join('\n'))

test('[C40] the steps have the address to paste, and every event of what is mirrored and of handlers, once', () => {
  const settings = settingsOf({
    resources: { session: true, role: false },
    handlers: { 'email.created': async () => {} },
  })
  const listed = [...neededEvents(settings)].flatMap(([subject, verbs]) => verbs.map((verb) => `${subject}.${verb}`))
  const mirrored = settings.catalog.mirrored.flatMap((resource) => Object.keys(resource.events))
  expect(listed.toSorted()).toEqual([...mirrored, 'email.created'].toSorted())
  expect(listed.filter((type) => !isDocumented(type))).toEqual([])
  expect(listed).toContain('session.ended')
  expect(listed).not.toContain('role.created')

  const steps = plain(clerkSteps(ENDPOINT, settings, 80))
  expect(steps).toContain(`Endpoint URL:  ${ENDPOINT}`)
  expect(steps).toMatch(/user: created, deleted, updated/)
  expect(steps.split('\n').filter((line) => line.length > 80 && !line.includes('https://'))).toEqual([])
})

test('[C40] without a tunnel three ways to one are named, each with this receiver', () => {
  const hints = plain(tunnelHints('http://127.0.0.1:3111/api/webhooks'))
  expect(hints).toContain('--tunnel ngrok')
  expect(hints).toContain('clerk webhooks listen --forward-to http://127.0.0.1:3111/api/webhooks')
  expect(hints).toContain('cloudflared tunnel --url http://127.0.0.1:3111\n')
})

test('[C41] a secret goes into .env in its own line, all else stays, and only its owner reads the file', async () => {
  const secret = 'whsec_a$b&c$1'
  expect(withVariable('', 'A', secret)).toBe(`A=${secret}\n`)
  expect(withVariable('# of the app\nB=1', 'A', secret)).toBe(`# of the app\nB=1\nA=${secret}\n`)
  expect(withVariable('BA=0\nexport A = old\nC=2\n', 'A', secret)).toBe(`BA=0\nA=${secret}\nC=2\n`)

  const folder = await mkdtemp(join(tmpdir(), 'rollcall-env-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const path = join(folder, '.env')
  await writeFile(path, 'DATABASE_URL=postgres://x\n', { mode: 0o644 })
  const real = newSecret()
  await setInDotEnv(path, 'CLERK_WEBHOOK_SIGNING_SECRET', real)
  expect(parseEnv(await readFile(path, 'utf8'))).toEqual({
    DATABASE_URL: 'postgres://x',
    CLERK_WEBHOOK_SIGNING_SECRET: real,
  })
  expect((await stat(path)).mode & 0o777).toBe(0o600)
})

test('[C41] the secret is asked for until it is one, and never shown', async () => {
  const secret = newSecret()
  const { answer, shown } = await asked(`pk_test_of_something\n${secret.slice(0, -3)}\n  ${secret} \n`)
  expect(answer).toBe(secret)
  expect(shown.match(/That is no signing secret/g)).toHaveLength(2)
  expect(shown).not.toContain(secret.slice(6, 20))
})

test('[C41] Enter, and the end of the input, mean later', async () => {
  expect((await asked('\n')).answer).toBeUndefined()
  expect((await asked('')).answer).toBeUndefined()
})

async function asked(typed: string): Promise<{ readonly answer: string | undefined; readonly shown: string }> {
  const [input, output] = [new PassThrough(), new PassThrough()]
  input.end(typed)
  const answer = await askSecret({ input, output }, new AbortController().signal)
  return { answer, shown: await text(output.end()) }
}

const REFUSALS = ['signature_invalid', 'timestamp_out_of_tolerance', 'timestamp_invalid', 'header_missing'] as const

test.each(REFUSALS)('[C42] %s is explained in a sentence, once', (reason) => {
  const narrate = createNarrator()
  const line = { msg: 'webhook.refused', reason }
  expect(narrate(line)).toMatch(/\.$/)
  expect(narrate(line)).toBeUndefined()
  expect(narrate({ msg: 'webhook.deferred' })).toMatch(/the queue/)
})

test('[C42] the first webhook that is settled is celebrated, and then no more is said', () => {
  const narrate = createNarrator()
  expect(narrate({ msg: 'receiver.started' })).toBeUndefined()
  const first = { msg: 'event.settled', type: 'user.created', entityId: 'user_ada', outcome: 'applied' }
  expect(stripVTControlCharacters(narrate(first)!)).toMatch(
    /^✓ Clerk is connected\..*user\.created of user_ada\. Its row is in Postgres\.$/,
  )
  expect(narrate(first)).toBeUndefined()
  expect(narrate({ msg: 'webhook.refused', reason: 'signature_invalid' })).toBeUndefined()
})

const PORT = 3_000

test('[C43] without a token, what to do about it is said before anything is loaded', async () => {
  const load = () => expect.unreachable()
  await expect(openTunnel({ port: PORT, authtoken: undefined, domain: undefined }, load)).rejects.toThrow(
    /NGROK_AUTHTOKEN is not set\..*dashboard\.ngrok\.com/,
  )
})

test('[C43] a tunnel leads to the port, by the domain that was asked for, until it is closed', async () => {
  const forwarded: unknown[] = []
  let isClosed = false
  const listener = {
    url: () => 'https://rollcall.ngrok.app',
    async close() {
      isClosed = true
    },
  }
  const load = async () => ({
    async forward(options: unknown) {
      forwarded.push(options)
      return listener
    },
  })
  {
    await using tunnel = await openTunnel({ port: PORT, authtoken: 'token', domain: 'rollcall.ngrok.app' }, load)
    expect(tunnel.url).toBe('https://rollcall.ngrok.app')
  }
  expect(forwarded).toEqual([{ addr: PORT, authtoken: 'token', domain: 'rollcall.ngrok.app' }])
  expect(isClosed).toBe(true)
})

test('[C43] what ngrok refuses is said with what to do, and without the token', async () => {
  const refuse = (message: string) => async () => ({ forward: () => Promise.reject(new Error(message)) })
  const open = (message: string) =>
    openTunnel({ port: PORT, authtoken: 'secret_token', domain: undefined }, refuse(message))
  await expect(open('authentication failed: …\n\nERR_NGROK_107\n')).rejects.toThrow(/no longer valid\. Copy/)
  await expect(open('failed to connect session')).rejects.toThrow(
    /failed to connect session\. Is this machine on the internet/,
  )
})

test("[C43] the package's own code is there, and is loaded for a tunnel only", async () => {
  const script = `
    import { registerHooks } from 'node:module'
    const loaded = []
    registerHooks({ load(url, context, next) { loaded.push(url); return next(url, context) } })
    await import('./commands/start.ts')
    const before = loaded.some((url) => url.includes('@ngrok'))
    const { default: ngrok } = await import('@ngrok/ngrok')
    console.log(JSON.stringify([before, typeof ngrok.forward]))`
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script], {
    cwd: fileURLToPath(new URL('..', import.meta.url)),
  })
  expect(JSON.parse(stdout)).toEqual([false, 'function'])
})
