import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { everything } from '@rollcall/testkit/catalog'
import { highestMegabytes } from '../../bench/rig/memory.ts'
import type { NodeProcess } from '../../bench/rig/node-process.ts'
import { type Applied, applyRound } from './apply-round.ts'
import { openEmptyMirror } from './empty-mirror.ts'
import { untilAllInLedger } from './in-ledger.ts'
import { mapRound } from './map-round.ts'
import type { Plan } from './plan.ts'
import { startProcesses } from './processes.ts'
import { type Received, receiveRound, type Target } from './receive-round.ts'
import { type Besieged, besiege } from './siege.ts'
import type { Tally } from './tally.ts'

export const PARTS = ['map', 'apply', 'receive', 'siege'] as const
export type Part = (typeof PARTS)[number]

export interface Results {
  readonly mapped?: Tally
  readonly applied?: Applied
  readonly received?: Received
  readonly besieged?: Besieged
  /** The most that each process has had at once, in megabytes. */
  readonly memory: Readonly<Record<string, number>>
}

/** What infra/kubernetes gives a receiver, in megabytes. */
const RECEIVER_MEGABYTES = 512

/** Runs the parts that are wanted. Throws at the first thing that may not be. */
export async function runFuzz(
  plan: Plan,
  seed: number,
  parts: readonly Part[],
  say: (text: string) => void,
): Promise<Results> {
  await using opened = new AsyncDisposableStack()
  const mapped = parts.includes('map')
    ? await mapRound({ count: plan.mapped, threads: plan.threads, seed }, say)
    : undefined
  if (!parts.some((part) => part !== 'map')) return { ...(mapped && { mapped }), memory: {} }

  const { servers, secret, receiver, worker } = await startProcesses(opened)
  const target: Target = {
    port: Number(receiver.started.port),
    opsPort: Number(receiver.started.opsPort),
    secret,
  }
  const catalog = everything()
  const applied = parts.includes('apply')
    ? await applyRound(
        await openEmptyMirror(servers.postgres.url, catalog, opened),
        catalog,
        { count: plan.applied, seed },
        say,
      )
    : undefined
  const received = parts.includes('receive')
    ? await receiveRound(target, { count: plan.received, atOnce: plan.atOnce, seed }, say)
    : undefined
  const besieged = parts.includes('siege') ? await besiege(target, plan.standing) : undefined

  say('waiting until everything that was answered 200 is in the ledger')
  const acknowledged = [received?.acknowledged, received?.good.acknowledged, besieged?.good.acknowledged]
  await untilAllInLedger(
    servers.postgres.url,
    acknowledged.flatMap((ids) => ids ?? []),
  )
  await assertUnharmed(receiver)
  await assertUnharmed(worker)
  const memory = { receiver: await highestMegabytes(receiver.pid), worker: await highestMegabytes(worker.pid) }
  assert.ok(memory.receiver < RECEIVER_MEGABYTES, `the receiver had ${Math.round(memory.receiver)} MB`)
  return {
    ...(mapped && { mapped }),
    ...(applied && { applied }),
    ...(received && { received }),
    ...(besieged && { besieged }),
    memory,
  }
}

/** Lines of the log that tell of an error of the program. */
const HARM = /"msg":"(request\.failed|process\.(failed|crashed)|event\.postponed)"/

async function assertUnharmed({ logFile }: NodeProcess): Promise<void> {
  const line = (await readFile(logFile, 'utf8')).split('\n').find((each) => HARM.test(each))
  assert.equal(line, undefined, `the log says ${line}`)
}
