import { setTimeout as sleep } from 'node:timers/promises'
import { tailOf } from './log-file.ts'
import { ServerProblem } from './server-problem.ts'
import type { ServerProcess } from './server-process.ts'

/** After a crash a server first replays its log, which takes a while when much was written. */
const READY_DEADLINE_MS = 60_000

const POLL_MS = 20

/** Waits until a server answers. One that does not is stopped, and the error quotes what it said last. */
export async function whenReady(options: {
  readonly name: string
  readonly server: ServerProcess
  readonly logFile: string
  readonly answers: () => Promise<boolean>
}): Promise<void> {
  let ending: string | undefined
  void options.server.exited.then((how) => {
    ending = `ended (${how})`
  })

  const deadline = performance.now() + READY_DEADLINE_MS
  while (!ending) {
    if (await options.answers()) return
    if (performance.now() > deadline) ending = `did not answer within ${READY_DEADLINE_MS / 1_000} s`
    await sleep(POLL_MS)
  }

  await options.server.stop()
  const tail = (await tailOf(options.logFile)) || '(nothing)'
  throw new ServerProblem(
    `${options.name} ${ending} while starting.`,
    'If its log does not say what to mend, move its directory away and begin anew.\n' +
      `The end of ${options.logFile}:\n${tail}`,
  )
}
