import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { findCommand, findGroup } from '@rollcall/cli/find-command'
import { asksForHelp } from '@rollcall/cli/help'
import { loadCommands } from '@rollcall/cli/load-commands'
import { parseCall } from '@rollcall/cli/parse-call'
import { captureLog } from '@rollcall/testkit/captured-log'
import { createDatabase } from '@rollcall/testkit/postgres'
import { createQueue } from '@rollcall/testkit/queue'
import { expect, test } from 'vitest'
import packageJson from '../package.json' with { type: 'json' }
import { callsInProse, callsOf, scriptOf, scriptsOf } from './documented-commands.ts'
import { blocksIn, PAGES, placeOf } from './documented-pages.ts'
import { startPipeline } from './pipeline.ts'
import { rollcall } from './rollcall.ts'

const commands = await loadCommands()
const blocks = blocksIn('sh')

/** Throws what the command line itself would say of such a call. */
function check(words: readonly string[]): void {
  if (words.length === 0 || words.some(asksForHelp)) return
  const { command, rest } = findCommand(commands, words)
  parseCall(command, rest)
}

test('[A30] each call of `rollcall` in a block is one that it takes', () => {
  const calls = blocks.flatMap((block) => callsOf(block).map((words) => [placeOf(block), words] as const))
  expect(calls.length).toBeGreaterThan(30)
  for (const [place, words] of calls) expect(() => check(words), `${place}: ${words.join(' ')}`).not.toThrow()
})

/** A sentence may name a command without what it needs. */
test('[A30] what sentences call `rollcall …` is there', () => {
  const calls = PAGES.flatMap((page) => callsInProse(page).map((words) => [page, words] as const))
  expect(calls.length).toBeGreaterThan(30)
  for (const [page, words] of calls) {
    const isNamed = () => findGroup(commands, words) ?? findCommand(commands, words)
    expect(isNamed, `${page}: ${words.join(' ')}`).not.toThrow()
    if (words.length > 2) expect(() => check(words), `${page}: ${words.join(' ')}`).not.toThrow()
  }
})

/** What pnpm itself does. */
const OF_PNPM = ['add', 'install', 'rollcall']

test('[A30] the scripts that blocks run are in package.json', () => {
  const scripts = blocks.flatMap((block) => scriptsOf(block).map((script) => [placeOf(block), script] as const))
  expect(scripts.length).toBeGreaterThan(3)
  for (const [place, script] of scripts)
    expect([...OF_PNPM, ...Object.keys(packageJson.scripts)], place).toContain(script)
})

test('[A30] a shell can read each block', async () => {
  await Promise.all(
    blocks.map((block) =>
      expect(promisify(execFile)('bash', ['-n', '-c', scriptOf(block)]), placeOf(block)).resolves.toBeDefined(),
    ),
  )
})

test('[A30] blocks that are marked so are run, one command after the other, beside a running pipeline', async () => {
  const marked = blocks.filter(({ marker }) => marker === 'run')
  expect(marked.length).toBeGreaterThan(1)
  await using opened = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'rollcall-docs-'))
  opened.defer(() => rm(folder, { recursive: true }))
  const database = opened.use(await createDatabase())
  const queue = opened.use(await createQueue('redis'))
  const variables = { DATABASE_URL: database.url, ...queue.variables }
  const pipeline = opened.use(await startPipeline(variables, captureLog().log))
  const environment = { ...variables, CLERK_WEBHOOK_SIGNING_SECRET: pipeline.secret, PORT: new URL(pipeline.url).port }
  for (const block of marked)
    for (const words of callsOf(block)) {
      const { code, stderr } = await rollcall(folder, words, environment)
      expect(code, `${placeOf(block)}: ${words.join(' ')}\n${stderr}`).toBe(0)
    }

  // What docs/start-here.md and docs/ordering.md say of them.
  await pipeline.untilSettled(6, 60_000)
  const ended = await pipeline.query<{ entity_id: string; outcome: string }>(
    'select entity_id, outcome from clerk.webhook_events',
  )
  const outcomesOf = (id: string) => ended.filter((event) => event.entity_id === id).map(({ outcome }) => outcome)
  expect(outcomesOf('user_ada')).toHaveLength(3)
  expect(outcomesOf('user_ada')).toContain('stale')
  expect(outcomesOf('user_lovelace').toSorted()).toEqual(['applied', 'stale'])
})
