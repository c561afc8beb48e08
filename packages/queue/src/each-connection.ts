import { Cluster, type Redis } from 'ioredis'

/** Does something with a client's connection to Redis; of a cluster, which has just been opened, with that to each node that it ever knows. */
export function eachConnection(client: Redis | Cluster, act: (connection: Redis) => void): void {
  if (client instanceof Cluster) client.on('+node', act)
  else act(client)
}
