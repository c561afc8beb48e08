import { withDeadline } from '@rollcall/shared/deadline'
import { connectionTo } from '@rollcall/shared/postgres-connection'
import type { Cluster, Redis } from 'ioredis'
import { Client } from 'pg'
import { connectionName, isOurs, type NamedConnection, type Role, readConnectionName } from './connection-name.ts'
import { dataNodes } from './data-nodes.ts'
import { fromQueue } from './errors.ts'
import type { QueueLocation } from './open-queue.ts'
import type { PostgresLocation } from './postgres-queue.ts'
import { createRedis } from './redis-client.ts'
import type { RedisLocation } from './redis-queue.ts'

/** How many processes of each kind use a queue. */
export interface QueueUsers {
  readonly receivers: number
  readonly workers: number
}

/** Who is connected to a queue, and who to other queues on the same server. */
export interface ConnectedProcesses {
  readonly here: QueueUsers
  /** By what tells the other queue apart, in words. */
  readonly elsewhere: ReadonlyMap<string, QueueUsers>
}

/** Within what people wait for. */
const DEADLINE_MS = 5_000

/**
 * The processes that are connected to a queue at the moment, by the names of their connections. Nothing where the server
 * shows no names: managed Redis may refuse `CLIENT`, and a `DATABASE_URL` may bring an application name of its own.
 */
export function connectedProcesses(location: QueueLocation): Promise<ConnectedProcesses | undefined> {
  switch (location.backend) {
    case 'redis':
      return onRedis(location)
    case 'postgres':
      return onPostgres(location)
  }
}

async function onRedis({ urls, prefix }: RedisLocation): Promise<ConnectedProcesses | undefined> {
  // One that is away is told by the command that waits for it.
  const client = createRedis(urls, () => undefined, connectionName('command', prefix))
  try {
    return await withDeadline(processesOnRedis(client, prefix), DEADLINE_MS)
  } catch (error) {
    throw fromQueue(error)
  } finally {
    client.disconnect()
  }
}

/** The same by a client that is there already, which bears a name as well. */
export async function processesOnRedis(
  client: Redis | Cluster,
  prefix: string,
): Promise<ConnectedProcesses | undefined> {
  const lists = await listAllClients(client)
  const seen = lists.flatMap((list) => [...list.matchAll(/(?:^| )name=(\S+)/gm)].map((match) => match[1]!))
  const named = seen.map(readConnectionName).filter((connection) => connection !== undefined)
  return tellApart(named, prefix, (queue) => `QUEUE_PREFIX=${queue}`)
}

/** A process is connected to each node that it needs. */
const listAllClients = async (client: Redis | Cluster): Promise<readonly string[]> =>
  Promise.all((await dataNodes(client)).map(listClients))

/** An empty list where it is refused. */
const listClients = async (node: Redis): Promise<string> => {
  try {
    return String(await node.client('LIST'))
  } catch (error) {
    if ((error as Error).name === 'ReplyError') return ''
    throw error
  }
}

async function onPostgres({ databaseUrl, schema }: PostgresLocation): Promise<ConnectedProcesses | undefined> {
  const client = new Client({
    ...connectionTo(databaseUrl, DEADLINE_MS),
    query_timeout: DEADLINE_MS,
    application_name: connectionName('command', schema),
  })
  // A connection that breaks fails the query under way; without a listener it would end the process as well.
  client.on('error', () => undefined)
  await client.connect()
  try {
    return await processesOnPostgres((text) => client.query<NamedRow>(text), schema)
  } finally {
    await client.end()
  }
}

interface NamedRow {
  readonly database: string
  readonly name: string
  readonly isHere: boolean
}

/** The same by way of connections that are there already, and bear a name as well. */
export async function processesOnPostgres(
  query: (text: string) => Promise<{ readonly rows: readonly NamedRow[] }>,
  schema: string,
): Promise<ConnectedProcesses | undefined> {
  // Names are seen by all roles, and in all databases.
  const { rows } = await query(`
    select datname as database, application_name as name, datname = current_database() as "isHere"
    from pg_stat_activity
    where application_name like 'rollcall:%'`)
  const place = (database: string, queue: string) => `schema ${queue} of database ${database}`
  const here = place(rows.find((row) => row.isHere)?.database ?? '', schema)
  const named = rows.flatMap(({ database, name }) => {
    const connection = readConnectionName(name)
    return connection ? [{ ...connection, queue: place(database, connection.queue) }] : []
  })
  return tellApart(named, here, (queue) => queue)
}

/** Nothing where our own connection is not among them: then nor are the others'. */
function tellApart(
  connections: readonly NamedConnection[],
  here: string,
  describe: (queue: string) => string,
): ConnectedProcesses | undefined {
  if (!connections.some(isOurs)) return undefined
  const queues = Map.groupBy(connections, ({ queue }) => queue)
  const counted = [...queues].map(([queue, those]) => [queue, countUsers(those)] as const)
  return {
    here: countUsers(queues.get(here) ?? []),
    elsewhere: new Map(
      counted
        .filter(([queue, { receivers, workers }]) => queue !== here && receivers + workers > 0)
        .map(([queue, users]) => [describe(queue), users]),
    ),
  }
}

/** A process has several connections, to each node of a cluster some. */
function countUsers(connections: readonly NamedConnection[]): QueueUsers {
  const count = (role: Role) =>
    new Set(connections.filter((connection) => connection.role === role).map(({ process }) => process)).size
  return { receivers: count('receiver'), workers: count('worker') }
}
