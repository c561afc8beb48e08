import { chmod, mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { descendantsOf, isAlive } from '@rollcall/embedded/process-table'
import { until } from '@rollcall/testkit/wait'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { pathWithoutRedis } from '../path-without-redis.ts'
import { type RunningCommand, startRollcall } from '../rollcall.ts'

let folder: string
let running: RunningCommand | undefined

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rollcall-demo-test-'))
  await chmod(folder, 0o755)
  await mkdir(join(folder, 'tmp'))
})
afterEach(async () => {
  running?.child.kill('SIGINT')
  await running?.finished
  await rm(folder, { recursive: true, force: true })
})

/** Runs it as somebody does who has an installation of their own, and no wish that it be touched. */
function demo(words: readonly string[] = [], variables: Record<string, string> = {}): RunningCommand {
  running = startRollcall(folder, ['demo', ...words], {
    TMPDIR: join(folder, 'tmp'),
    NODE_COMPILE_CACHE: join(tmpdir(), 'node-compile-cache'), // Node's own, which outlives every process
    DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none',
    REDIS_URL: 'redis://127.0.0.1:1',
    ...variables,
  })
  return running
}

/** Servers that it has started and that have not ended. */
async function untilGone(pids: readonly number[]): Promise<void> {
  const areGone = async () => (await Promise.all(pids.map(isAlive))).every((alive) => !alive)
  await until(areGone, { timeoutMs: 10_000, what: 'every process that it started has ended' })
}

const untilSaid = (command: RunningCommand, sentence: string): Promise<unknown> =>
  until(() => command.output.stderr.includes(sentence), { timeoutMs: 60_000, what: `it says: ${sentence}` }).catch(
    (cause) => {
      throw new Error(`${command.output.stdout}${command.output.stderr}`, { cause })
    },
  )

test('[C20] [C21] the spike is shown, nothing is lost, the plot is drawn, and nothing but that is left', async () => {
  const command = demo()
  await untilSaid(command, '2,000 users')
  const servers = await descendantsOf(command.child.pid!)
  expect(servers.length).toBeGreaterThan(1)
  const { code, stdout, stderr } = await command.finished
  expect(stderr).toMatch(
    /Starting Postgres.*\n2,000 users sign up.*the queue is in Redis\.\n( *\d+\.\d s {2}.*\n)+Comparing every row/,
  )
  expect(stderr).toMatch(/waiting \d{2,} {2}Postgres is away\n/)
  expect(stdout).toMatch(/Events that wait\n +\d.* ┤[\s\S]*How long the oldest of them has waited\n/)
  expect(stdout).toMatch(/\nlost +0 /)
  expect(stdout).toMatch(/\nrows right +2,000 of 2,000 /)
  expect(stdout).toMatch(/Nothing was lost, and every row is what happened last\.\nThe plot is in rollcall-demo\.svg\./)
  expect(code).toBe(0)
  expect(await readFile(join(folder, 'rollcall-demo.svg'), 'utf8')).toMatch(/^<svg [\s\S]+<\/svg>\n$/)

  await untilGone(servers)
  expect(await readdir(folder)).toEqual(['rollcall-demo.svg', 'tmp'])
  expect(await readdir(join(folder, 'tmp'))).toEqual([])
})

test('[C20] without Redis the queue is in Postgres and goes away with it: what was refused is sent again', async () => {
  const { code, stdout, stderr } = await demo(['--json', '--svg', 'mine.svg'], {
    PATH: await pathWithoutRedis(folder),
  }).finished
  const result = JSON.parse(stdout)
  expect(stderr).toContain('the queue is in Postgres.')
  expect(result).toMatchObject({ users: 2_000, lost: 0, wrongRows: [], queue: 'postgres', svg: 'mine.svg' })
  expect(result.outcomes.applied + result.outcomes.stale).toBe(result.events)
  expect(result.deliveries - result.duplicates).toBe(result.events)
  expect(result.refused).toBeGreaterThan(0)
  expect(result.figures.lagMs.highest).toBeGreaterThanOrEqual(result.figures.lagMs.median)
  expect(code).toBe(0)
})

test.each(['Starting Postgres', 'Postgres is killed'])(
  '[C20] Ctrl-C at "%s", pressed twice, ends it and leaves nothing behind',
  async (moment) => {
    const command = demo()
    await untilSaid(command, moment)
    const servers = await descendantsOf(command.child.pid!)
    command.child.kill('SIGINT')
    command.child.kill('SIGINT')
    const { code, stdout, stderr } = await command.finished
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toMatch(/\nStopped before the end\. What was set up for it is gone again\.\n$/)
    await untilGone(servers)
    expect(await readdir(folder)).toEqual(['tmp'])
    expect(await readdir(join(folder, 'tmp'))).toEqual([])
  },
)

test('[C21] a file that is there is not written over, which is said at once', async () => {
  expect(await demo(['--svg', 'tmp']).finished).toEqual({
    code: 1,
    stdout: '',
    stderr: 'tmp is there already, and would be written over. Remove it, or give --svg another name.\n',
  })
})
