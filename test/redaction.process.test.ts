import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { chmod, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { removeEmbeddedPostgres } from '@rollcall/embedded/postgres'
import { removeEmbeddedRedis } from '@rollcall/embedded/redis'
import { deliveryOf, userBody } from '@rollcall/testkit/deliveries'
import { newSecret, post, signedRequest } from '@rollcall/testkit/svix'
import { until } from '@rollcall/testkit/wait'
import { createBench } from '@rollcall/worker/test-worker'
import { expect, test } from 'vitest'
import { createCanaries } from './canaries.ts'
import { type RunningProcess, startProcess } from './process.ts'
import { rollcall, startRollcall } from './rollcall.ts'

/** Whole processes take their time to start on a busy machine. */
const PATIENCE_MS = 60_000

/** What anybody on the machine may read of a process: its arguments and its name. */
const shownOf = (pid: number): string =>
  ['cmdline', 'comm', 'status'].map((file) => readFileSync(`/proc/${pid}/${file}`, 'utf8')).join('\n')

/** What a process was given, which its own user may read: of servers that we start, nothing of ours. */
const environmentOf = (pid: number): string => readFileSync(`/proc/${pid}/environ`, 'utf8')

function descendantsOf(pid: number): readonly number[] {
  const parents = readdirSync('/proc')
    .map(Number)
    .filter((each) => each > 0)
    .flatMap((each) => {
      try {
        return [[each, Number(/^PPid:\s*(\d+)/m.exec(readFileSync(`/proc/${each}/status`, 'utf8'))![1])] as const]
      } catch {
        return [] // it has ended meanwhile
      }
    })
  const under = (parent: number): readonly number[] =>
    parents.flatMap(([child, of]) => (of === parent ? [child, ...under(child)] : []))
  return under(pid)
}

/** The report that Node writes of a process at SIGUSR2, where somebody has asked for that. */
async function reportOf(folder: string, process: RunningProcess): Promise<string> {
  process.signal('SIGUSR2')
  const find = async () => (await readdir(folder)).find((name) => name.includes(`.${process.pid}.`))
  const name = await until(find, { timeoutMs: PATIENCE_MS, what: 'Node writes its report' })
  const whole = async () => {
    const text = await readFile(join(folder, name), 'utf8')
    // Node writes it in pieces, any of which may end with a brace; its own ends in the first column.
    return text.endsWith('\n}\n') && text
  }
  return until(whole, { timeoutMs: PATIENCE_MS, what: 'the report is written to its end' })
}

test('[L23] no secret and nothing of an event is in a process\u2019s arguments, name, metrics, readiness or diagnostic report', async () => {
  const { plant, foundIn, leakedTo } = createCanaries()
  const folder = await mkdtemp(join(tmpdir(), 'rollcall-test-report-'))
  await using opened = new AsyncDisposableStack()
  opened.defer(() => rm(folder, { recursive: true }))
  await using bench = await createBench('redis')
  const secret = `whsec_${plant('signing secret')}`
  const token = plant('console token')
  const common = {
    LOG_LEVEL: 'trace',
    NODE_OPTIONS: `--report-on-signal --report-directory=${folder}`,
    QUEUE_ENCRYPTION_KEY: `${plant('key of the queue')}abc`, // 43 characters of base64 are 32 bytes
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://user:${plant('password of the collector')}@127.0.0.1:1`,
    OTEL_EXPORTER_OTLP_HEADERS: `authorization=Bearer%20${plant('token of the collector')}`,
  }
  await using receiver = startProcess('receiver', {
    ...bench.queue.variables,
    ...common,
    CLERK_WEBHOOK_SIGNING_SECRET: secret,
    PORT: '0',
  })
  await using worker = startProcess('worker', {
    ...bench.variables,
    ...common,
    CLERK_SECRET_KEY: `sk_test_${plant('secret key')}`,
    CLERK_API_URL: 'http://127.0.0.1:1',
  })
  await using console = startProcess('console', {
    ...bench.variables,
    ...common,
    CONSOLE_PORT: '0',
    CONSOLE_TOKEN: token,
    CONSOLE_USERNAME: 'grace',
    CONSOLE_PASSWORD: plant('console password'),
  })
  const all = { receiver, worker, console }
  const [atReceiver, atWorker, atConsole] = await Promise.all([
    receiver.untilLogged('receiver.started', PATIENCE_MS),
    worker.untilLogged('worker.started', PATIENCE_MS),
    console.untilLogged('console.started', PATIENCE_MS),
  ])

  // Traffic of each kind, with something planted wherever a stranger or an event can say something.
  const url = `http://127.0.0.1:${atReceiver.port}/api/webhooks`
  const event = userBody({
    type: 'user.created',
    id: `user_${plant('id in an event')}`,
    occurredAt: 1_764_000_000_000,
    updatedAt: 1_764_000_000_000,
    fields: { first_name: plant('name') },
  })
  const signed = signedRequest({ secret, body: JSON.stringify(event) })
  expect((await post(url, signed)).status).toBe(200)
  expect((await post(url, signedRequest({ secret: newSecret(), body: plant('body of a stranger') }))).status).toBe(400)
  await fetch(`${url}/${plant('path')}?${plant('query')}`, { headers: { cookie: plant('cookie') } })
  await bench.add([deliveryOf({ type: plant('type'), data: {} }), deliveryOf(`{"type": "${plant('no JSON')}`)])
  await until(() => worker.lines.filter(({ msg }) => msg === 'event.settled').length >= 3, {
    timeoutMs: PATIENCE_MS,
    what: 'the events are settled',
  })
  const page = `http://127.0.0.1:${atConsole.port}`
  await fetch(`${page}/events?${plant('query at the console')}`, {
    headers: { authorization: `Bearer ${plant('wrong token')}` },
  })
  await fetch(`${page}/sign-in`, { method: 'POST', body: new URLSearchParams({ token: plant('typed token') }) })
  const overview = await fetch(page, { headers: { authorization: `Bearer ${token}`, accept: 'text/html' } })
  expect(overview.status).toBe(200)

  const told = new Map<string, string>([['the overview', await overview.text()]])
  for (const [name, { opsPort }] of Object.entries({ receiver: atReceiver, worker: atWorker })) {
    for (const path of ['metrics', 'readyz', 'healthz']) {
      const text = await (await fetch(`http://127.0.0.1:${opsPort}/${path}`)).text()
      expect(text.length).toBeGreaterThan(10)
      told.set(`/${path} of the ${name}`, text)
    }
  }
  for (const path of ['healthz', 'sign-in'])
    told.set(`/${path} of the console`, await (await fetch(`${page}/${path}`)).text())
  for (const [name, process] of Object.entries(all)) {
    told.set(`what is shown of the ${name}`, shownOf(process.pid))
    expect(descendantsOf(process.pid), `${name} starts no others`).toEqual([])
    const report = await reportOf(folder, process)
    expect(JSON.parse(report).header.event).toBeTypeOf('string')
    told.set(`the report of the ${name}`, report)
  }
  for (const [where, text] of told) expect(foundIn(text), where).toEqual([])

  // The secrets were really there to be leaked.
  expect(foundIn(environmentOf(receiver.pid))).toContain('signing secret')
  await Promise.all(Object.values(all).map((process) => process.end('SIGTERM')))
  // An id and a type are what a line is about; all else that was planted is in none.
  expect(leakedTo(...Object.values(all)).filter((where) => !['id in an event', 'type'].includes(where))).toEqual([])
}, 400_000)

test('[L23] `start` shows no secret in the arguments of what it starts, and hands none on', async () => {
  const { plant, foundIn } = createCanaries()
  const folder = await mkdtemp(join(tmpdir(), 'rollcall-test-start-secrets-'))
  // Open to all, or as root Postgres would run elsewhere [E5], and its password would lie there.
  await chmod(folder, 0o755)
  const running = startRollcall(folder, ['start'], {
    LOG_LEVEL: 'warn',
    CLERK_WEBHOOK_SIGNING_SECRET: `whsec_${plant('signing secret')}`,
    CLERK_SECRET_KEY: `sk_test_${plant('secret key')}`,
    CLERK_API_URL: 'http://127.0.0.1:1',
    CONSOLE_TOKEN: plant('console token'),
    QUEUE_ENCRYPTION_KEY: `${plant('key of the queue')}abc`,
  })
  try {
    const isUp = () => running.output.stdout.includes('Ctrl-C stops everything')
    await until(isUp, { timeoutMs: 120_000, what: 'the panel is printed' })
    const { pid } = running.child
    expect(foundIn(shownOf(pid!))).toEqual([])
    const children = descendantsOf(pid!)
    expect(children.length).toBeGreaterThan(0)
    const password = (await readFile(join(folder, '.rollcall/postgres/password'), 'utf8')).trim()
    for (const child of children) {
      if (!existsSync(`/proc/${child}`)) continue // Postgres ends what it started for a while
      const seen = `${shownOf(child)}\n${environmentOf(child)}`
      expect(foundIn(seen), shownOf(child)).toEqual([])
      expect(seen).not.toContain(password)
    }
    // A command finds what runs by a file that only its user may read, and no argument tells a secret either.
    expect(await rollcall(folder, ['status'])).toMatchObject({ code: 0 })
  } finally {
    running.child.kill('SIGINT')
    await running.finished
    await removeEmbeddedPostgres(join(folder, '.rollcall', 'postgres'))
    await removeEmbeddedRedis(join(folder, '.rollcall', 'redis'))
    await rm(folder, { recursive: true, force: true })
  }
}, 300_000)
