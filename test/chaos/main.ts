import { mkdir, writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { runSeed } from '@rollcall/testkit/seed'
import { LONG, type Plan, QUICK } from './plan.ts'
import type { Round } from './round.ts'
import { type Outcome, runChaos } from './run.ts'
import { asMarkdown, asText, faultsTable, figuresTable } from './table.ts'

/**
 * Breaks every part of Rollcall while events flow, and compares what is left with what happened. Ends with 1, and with what
 * differs, if anything does.
 *   node test/chaos/main.ts [--quick] [--seed N] [--events N] [--faults N] [--rate N] [--markdown FILE] [--logs DIRECTORY]
 */
const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    seed: { type: 'string' },
    events: { type: 'string' },
    faults: { type: 'string' },
    rate: { type: 'string' },
    markdown: { type: 'string' },
    logs: { type: 'string' },
  },
})

/** So many of each kind of trouble are told; the rest is more of the same. */
const MOST_TOLD = 25

/** What is open is closed within seconds. What then is still there goes by itself, for it is tied to this process. */
const CLOSED_WITHIN_MS = 30_000

/** As shells tell of who was ended by Ctrl-C. */
const INTERRUPTED = 130

const ofSize = values.quick ? QUICK : LONG
const plan: Plan = {
  ...ofSize,
  ...(values.events !== undefined && { events: wholeNumber('events', values.events) }),
  ...(values.rate !== undefined && { eventsPerSecond: wholeNumber('rate', values.rate) }),
  ...(values.faults !== undefined && splitFaults(wholeNumber('faults', values.faults))),
}
const seed = values.seed === undefined ? runSeed() : wholeNumber('seed', values.seed)
const logDirectory = values.logs === undefined ? undefined : resolve(values.logs)
if (logDirectory !== undefined) await mkdir(logDirectory, { recursive: true })
console.log(
  `chaos: seed ${seed}, ${plan.events} events, ${plan.sparingFaults + plan.unsparingFaults + plan.powerCuts} faults`,
)

class Interrupted extends Error {}

const startedAt = performance.now()
const interrupted = Promise.withResolvers<never>()
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => interrupted.reject(new Interrupted(`stopped by ${signal}`)))
}
const opened = new AsyncDisposableStack()
let round: Round | undefined
const telling = setInterval(tell, process.stderr.isTTY ? 500 : 10_000)
try {
  const running = runChaos({ plan, seed, logDirectory, opened }, (open) => {
    round = open
  })
  running.catch(() => {}) // where it was interrupted nobody waits for it any more
  process.exitCode = await report(await Promise.race([running, interrupted.promise]))
} catch (error) {
  tell()
  console.error(`\nchaos: seed ${seed}:`, error instanceof Interrupted ? error.message : error)
  process.exitCode = error instanceof Interrupted ? INTERRUPTED : 1
} finally {
  clearInterval(telling)
  const overdue = setTimeout(() => process.exit(), CLOSED_WITHIN_MS)
  await opened.disposeAsync().catch((error) => console.error(`chaos: could not close everything: ${error}`))
  clearTimeout(overdue)
}
process.exit()

async function report(outcome: Outcome): Promise<number> {
  const { wrong } = outcome.round
  const tables = [faultsTable(outcome.round), figuresTable(outcome, performance.now() - startedAt)]
  for (const table of tables) console.log(`\n${asText(table)}`)
  if (values.markdown !== undefined) await writeFile(values.markdown, `${tables.map(asMarkdown).join('\n\n')}\n`)
  if (wrong.length === 0) {
    console.log('\nchaos: nothing lost, nothing wrong, nothing twice, nothing left')
    return 0
  }
  console.log(`\nchaos: seed ${seed}: ${wrong.length} things are wrong`)
  for (const each of wrong.slice(0, MOST_TOLD)) console.log(`  ${each}`)
  return 1
}

/** On a terminal on one line, elsewhere now and then. */
function tell(): void {
  if (!round) return
  const { phase, tracker, injected, powerCuts } = round
  const took = Math.round((performance.now() - startedAt) / 1_000)
  const faults = injected.length + powerCuts.length
  const line = `${took} s, ${phase}: ${faults} faults, ${tracker.count} events, ${tracker.settled} settled, ${tracker.owed} owed`
  process.stderr.write(process.stderr.isTTY ? `\r\x1b[K${line}` : `${line}\n`)
}

function splitFaults(faults: number): Partial<Plan> {
  const unsparingFaults = Math.round(faults * 0.3)
  return { unsparingFaults, sparingFaults: faults - unsparingFaults }
}

function wholeNumber(name: string, text: string): number {
  const number = Number(text)
  if (!Number.isSafeInteger(number) || number < 0) throw new Error(`--${name} must be a whole number, not ${text}.`)
  return number
}
