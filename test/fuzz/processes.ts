import { startMigrated } from '../../bench/bench.ts'
import { type NodeProcess, startNode } from '../../bench/rig/node-process.ts'
import type { Servers } from '../../bench/rig/servers.ts'

/** A receiver and a worker as in production, between servers of their own. */
export interface Processes {
  readonly servers: Servers
  readonly secret: string
  readonly receiver: NodeProcess
  readonly worker: NodeProcess
}

export async function startProcesses(opened: AsyncDisposableStack): Promise<Processes> {
  const { servers, secret, variables } = await startMigrated(opened)
  const start = async (name: 'receiver' | 'worker') =>
    opened.use(
      await startNode(new URL(`../../packages/${name}/src/main.ts`, import.meta.url), variables, {
        directory: servers.directory,
        ready: `${name}.started`,
      }),
    )
  return { servers, secret, receiver: await start('receiver'), worker: await start('worker') }
}
