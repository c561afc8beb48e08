import { type Check, failed, passed, warned } from '@rollcall/shared/readiness'
import { Cluster, type Redis } from 'ioredis'
import { dataNodes } from './data-nodes.ts'
import { infoField } from './info.ts'
import { connectionProblem } from './redis-problem.ts'

/** What a Redis node says of itself; nothing where it does not tell (managed services forbid `CONFIG`). */
export interface RedisSettings {
  readonly appendOnly: boolean | undefined
  readonly appendFsync: string | undefined
  readonly evictionPolicy: string | undefined
}

/**
 * Whether a Redis node keeps what it acknowledged [Q4]. Eviction of any kind refuses: it deletes waiting events
 * silently. Anything less than append-only with fsync is said, and left to whoever runs it.
 */
export function judgeDurability(settings: RedisSettings): Check {
  const { appendOnly, appendFsync, evictionPolicy } = settings
  if (evictionPolicy !== undefined && evictionPolicy !== 'noeviction') {
    return failed(
      `maxmemory-policy is ${evictionPolicy}: a full Redis would delete waiting events. Set it to noeviction.`,
    )
  }
  const found = `maxmemory-policy ${evictionPolicy ?? 'unknown'}, appendonly ${said(appendOnly)}, appendfsync ${appendFsync ?? 'unknown'}`
  if (appendOnly === false) {
    return warned(`${found}: a restart of Redis loses what waits. Set appendonly yes and appendfsync always.`)
  }
  if (appendFsync === 'no') {
    return warned(`${found}: a power cut loses what waits. Set appendfsync always.`)
  }
  if (appendOnly === undefined || appendFsync === undefined || evictionPolicy === undefined) {
    return warned(`${found}: this Redis does not tell. Make sure of appendonly yes, appendfsync always and noeviction.`)
  }
  if (appendFsync === 'everysec') {
    return passed(`${found}: a power cut may lose the last second or two. appendfsync always loses nothing.`)
  }
  return passed(found)
}

const said = (value: boolean | undefined) => (value === undefined ? 'unknown' : value ? 'yes' : 'no')

/** The worst verdict over every node that holds data. */
export async function checkDurability(client: Redis | Cluster): Promise<Check> {
  await requireWholeCluster(client)
  const nodes = await dataNodes(client)
  const checks = await Promise.all(nodes.map(async (node) => judgeDurability(await readSettings(node))))
  const worst = checks.find((check) => check.status === 'failed') ?? checks.find((check) => check.status === 'warned')
  return worst ?? checks[0] ?? failed('no node of the cluster answers')
}

/** One node of several answers whatever it is asked here, and takes no job whose slot another serves [Q24]. */
async function requireWholeCluster(client: Redis | Cluster): Promise<void> {
  if (client instanceof Cluster || infoField(await client.info('cluster'), 'cluster_enabled') !== '1') return
  const size = infoField(await client.cluster('INFO'), 'cluster_size')
  if (Number(size) > 1) throw connectionProblem('MOVED')
}

async function readSettings(node: Redis): Promise<RedisSettings> {
  const [memory, persistence, fsync] = await Promise.all([
    node.info('memory'),
    node.info('persistence'),
    // Managed services refuse CONFIG; INFO tells all but the fsync policy.
    node.config('GET', 'appendfsync').catch(() => undefined),
  ])
  const appendOnly = infoField(persistence, 'aof_enabled')
  return {
    evictionPolicy: infoField(memory, 'maxmemory_policy'),
    appendOnly: appendOnly === undefined ? undefined : appendOnly === '1',
    appendFsync: configValue(fsync, 'appendfsync'),
  }
}

/** `CONFIG GET` answers a flat list in RESP2 and a map in RESP3. */
function configValue(answer: unknown, name: string): string | undefined {
  const pairs = Array.isArray(answer) ? { [String(answer[0])]: answer[1] } : (answer ?? {})
  const value = (pairs as Record<string, unknown>)[name]
  return typeof value === 'string' ? value : undefined
}
