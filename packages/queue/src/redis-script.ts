import type { Cluster, Redis } from 'ioredis'

/** A Lua script that Redis runs as one step. All its keys are in one slot of a cluster. */
export interface RedisScript {
  /** Unique among all scripts of a client. */
  readonly name: string
  readonly numberOfKeys: number
  readonly lua: string
}

type Argument = string | number

type Run = (...keysAndArguments: Argument[]) => Promise<unknown>

/** Runs a script by its hash, and sends its text only to a Redis that does not know it yet. */
export function runScript(
  client: Redis | Cluster,
  script: RedisScript,
  keys: readonly string[],
  args: readonly Argument[],
): Promise<unknown> {
  const { name, numberOfKeys, lua } = script
  const commands = client as unknown as Record<string, Run | undefined>
  if (!commands[name]) client.defineCommand(name, { numberOfKeys, lua })
  return commands[name]!(...keys, ...args)
}
