import { newSecret } from '@rollcall/testkit/svix'
import { migrate } from '../../bench/bench.ts'
import { type NodeProcess, startNode } from '../../bench/rig/node-process.ts'
import { type Servers, startServers } from '../../bench/rig/servers.ts'

/** A receiver and a worker as in production, between servers of their own. */
export interface Processes {
  readonly servers: Servers
  readonly secret: string
  readonly receiver: NodeProcess
  readonly worker: NodeProcess
}

export async function startProcesses(opened: AsyncDisposableStack): Promise<Processes> {
  const servers = await startServers(opened)
  const secret = newSecret()
  const variables = {
    PORT: '0',
    OPS_PORT: '0',
    CLERK_WEBHOOK_SIGNING_SECRET: secret,
    DATABASE_URL: servers.postgres.url,
    REDIS_URL: servers.redis.url,
  }
  await migrate(variables)
  const start = async (name: 'receiver' | 'worker') =>
    opened.use(
      await startNode(new URL(`../../packages/${name}/src/main.ts`, import.meta.url), variables, {
        directory: servers.directory,
        ready: `${name}.started`,
      }),
    )
  return { servers, secret, receiver: await start('receiver'), worker: await start('worker') }
}
