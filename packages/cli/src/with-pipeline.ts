import type { Pipeline } from '@rollcall/operations/pipeline'
import { locateQueue } from '@rollcall/queue/open-queue'
import { loadConfig } from '@rollcall/shared/config'
import type { Terminal } from './command.ts'
import { InstallationConfig } from './installation-config.ts'
import { interruptible } from './interruptible.ts'
import { withMirror } from './with-mirror.ts'
import { withQueue } from './with-queue.ts'

/** Opens both ends of the pipeline for one command. Ctrl-C ends it between two steps, by the signal. */
export async function withPipeline<Result>(
  { environment }: Terminal,
  work: (pipeline: Pipeline, stop: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const config = loadConfig(InstallationConfig, environment)
  return interruptible((stop) =>
    withMirror(config, (mirror) => withQueue(locateQueue(config), (queue) => work({ mirror, queue }, stop))),
  )
}
