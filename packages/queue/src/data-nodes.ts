import { Cluster, type Redis } from 'ioredis'

/** The nodes that hold data. A cluster knows of none before it has answered. */
export async function dataNodes(client: Redis | Cluster): Promise<readonly Redis[]> {
  if (!(client instanceof Cluster)) return [client]
  await client.ping()
  return client.nodes('master')
}
