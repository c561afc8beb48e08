import { randomBytes } from 'node:crypto'

/** What a process is to a queue. A `command` looks at it and goes. */
export type Role = 'receiver' | 'worker' | 'command'

/** What a connection's name tells of the process that opened it. */
export interface NamedConnection {
  readonly role: Role
  /** Redis's prefix, or Postgres's schema. */
  readonly queue: string
  /** The same for all connections of a process. */
  readonly process: string
}

/** With a queue's 40 characters and the longest role it fills the 63 that Postgres keeps of a name. */
const PROCESS = randomBytes(3).toString('base64url')

const NAME = /^rollcall:(receiver|worker|command):([\w-]+):([\w-]+)$/

/**
 * The name that a connection bears at the queue's server, where everybody who uses the server can see it. It is the only
 * trace that receiver and worker leave of themselves while nothing comes: `doctor` tells by it whether they meet.
 */
export const connectionName = (role: Role, queue: string): string => `rollcall:${role}:${queue}:${PROCESS}`

/** Nothing where the name is not one of ours. */
export function readConnectionName(name: string): NamedConnection | undefined {
  const match = NAME.exec(name)
  return match ? { role: match[1] as Role, queue: match[2]!, process: match[3]! } : undefined
}

/** Whether it is a connection of this very process. */
export const isOurs = ({ process }: NamedConnection): boolean => process === PROCESS
