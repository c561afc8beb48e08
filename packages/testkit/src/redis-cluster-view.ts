import { Redis } from 'ioredis'

/** A node of a Redis Cluster as another one, or it itself, tells of it. */
export interface SeenNode {
  readonly id: string
  readonly port: number
  readonly isFailed: boolean
  /** Of a replica, the id of the master that it follows. */
  readonly follows: string | undefined
  /** The slots that it serves, first and last included. */
  readonly slots: readonly (readonly [first: number, last: number])[]
}

/** What `CLUSTER NODES` answers. */
export function parseClusterNodes(text: string): SeenNode[] {
  return text
    .trim()
    .split('\n')
    .map((line) => {
      const [id, address, flags, master, , , , , ...slots] = line.split(' ')
      return {
        id: id!,
        port: Number(/:(\d+)@/.exec(address!)![1]),
        isFailed: /fail|noaddr|handshake/.test(flags!),
        follows: master === '-' ? undefined : master,
        slots: slots.filter((slot) => !slot.startsWith('[')).map(rangeOf),
      }
    })
}

function rangeOf(slots: string): [number, number] {
  const [first, last] = slots.split('-').map(Number)
  return [first!, last ?? first!]
}

/** Who serves which slots and who follows whom, in one line: two nodes that tell the same here agree. */
export const rolesOf = (nodes: readonly SeenNode[]): string =>
  nodes
    .toSorted((a, b) => a.port - b.port)
    .map(({ port, slots, follows }) => `${port}:${slots.map((range) => range.join('-')).toSorted()}:${follows ?? ''}`)
    .join(' ')

/** So long a node of this machine may take to answer: one that is frozen never does. */
const ANSWER_MS = 5_000

/** Asks one node something, over a connection of its own that does not outlast the answer. */
export async function askNode<Answer>(url: string, ask: (node: Redis) => Promise<Answer>): Promise<Answer> {
  const node = new Redis(url, { commandTimeout: ANSWER_MS, retryStrategy: () => null, maxRetriesPerRequest: 0 })
  node.on('error', () => {}) // whoever asks gets it
  try {
    return await ask(node)
  } finally {
    node.disconnect()
  }
}
