import { Cluster, type Redis } from 'ioredis'

/**
 * Refuses what was sent by a connection that broke before it was ready. ioredis sends some commands (`INFO`, `CLIENT`) as soon
 * as it is connected, and forgets them when it connects again: whoever asked would wait for ever, and with them all who share
 * the answer [O13]. What was sent by a connection that was ready it sends again by itself.
 */
export function refuseForgotten(client: Redis | Cluster): void {
  if (client instanceof Cluster) {
    client.on('+node', refuseForgotten)
    return
  }
  let wasReady = false
  client.on('ready', () => {
    wasReady = true
  })
  client.on('close', () => {
    const { commandQueue } = client
    while (!wasReady && commandQueue.length > 0) {
      commandQueue.shift()!.command.reject(new Error('the connection to Redis broke before it was ready'))
    }
    wasReady = false
  })
}
