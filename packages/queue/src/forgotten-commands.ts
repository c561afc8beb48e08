import type { Cluster, Redis } from 'ioredis'
import { eachConnection } from './each-connection.ts'

/**
 * Refuses what was sent by a connection that broke before it was ready. ioredis sends some commands (`INFO`, `CLIENT`) as soon
 * as it is connected, and forgets them when it connects again: whoever asked would wait for ever, and with them all who share
 * the answer [O13]. What was sent by a connection that was ready it sends again by itself.
 */
export function refuseForgotten(client: Redis | Cluster): void {
  eachConnection(client, refuseForgottenOf)
}

function refuseForgottenOf(connection: Redis): void {
  let wasReady = false
  connection.on('ready', () => {
    wasReady = true
  })
  connection.on('close', () => {
    const { commandQueue } = connection
    while (!wasReady && commandQueue.length > 0) {
      commandQueue.shift()!.command.reject(new Error('the connection to Redis broke before it was ready'))
    }
    wasReady = false
  })
}
