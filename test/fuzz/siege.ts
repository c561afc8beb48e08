import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { until } from '@rollcall/testkit/wait'
import { type GoodSender, startGoodSender } from './good-sender.ts'
import type { Target } from './receive-round.ts'
import { connectionsOf, type Watched, watchReceiver } from './watch-receiver.ts'

export interface Besieged {
  /** Connections that the receiver had at once; fewer than wanted where the machine is slow, or lets no process have so many files. */
  readonly stood: number
  readonly good: GoodSender
  readonly watched: Watched
  /** Until the receiver had closed every one of them. */
  readonly overMs: number
}

/** Opened at once: more would only wait in the kernel's queue. */
const OPENED_AT_ONCE = 200

/** The receiver's limits are 15 and 30 s; a machine may be five times as slow. */
const OVER_MS = 150_000

/** Connections that come and go meanwhile: the good sender's, and those on which it is watched. */
const OTHERS = 8

/** A byte now and then, as who wants to be taken for slow sends. */
const DRIP_MS = 1_000

const HEAD = 'POST /api/webhooks HTTP/1.1\r\nhost: receiver\r\ncontent-type: application/json\r\n'
const MOST_OF_A_BODY = Buffer.alloc(900_000, 'x')
const TINY_PIECES = '1\r\nx\r\n'.repeat(50_000)
/** More answers than the kernel keeps for somebody who does not take them. */
const UNREAD = Buffer.from('GET /healthz HTTP/1.1\r\nhost: receiver\r\n\r\n'.repeat(30_000))

/** What a connection begins with, and whether it goes on a byte at a time. None ever ends its last request. */
interface Manner {
  readonly begins: string | Buffer
  readonly drips: boolean
}

const SILENT: Manner = { begins: '', drips: false }
const SLOW_HEADERS: Manner = { begins: HEAD, drips: true }
const SLOW_BODY: Manner = {
  begins: Buffer.concat([Buffer.from(`${HEAD}content-length: 1000000\r\n\r\n`), MOST_OF_A_BODY]),
  drips: true,
}
const TINY: Manner = { begins: `${HEAD}transfer-encoding: chunked\r\n\r\n${TINY_PIECES}`, drips: false }
const TAKES_NOTHING: Manner = { begins: UNREAD, drips: false }

/** Of a thousand connections: what costs us most is what there is least of, for one process sends it all. */
function mannerOf(number: number): Manner {
  const place = number % 1_000
  if (place === 0) return TAKES_NOTHING
  if (place < 10) return TINY
  if (place < 60) return SLOW_BODY
  return place < 500 ? SLOW_HEADERS : SILENT
}

/** Opens so many connections that want nothing but to stand. Throws unless good senders are served, and all are closed. */
export async function besiege(target: Target, wanted: number): Promise<Besieged> {
  const before = await connectionsOf(target.opsPort)
  const watch = watchReceiver(target.opsPort)
  const good = startGoodSender(target.port, target.secret)
  const sockets: Socket[] = []
  try {
    while (sockets.length < wanted) {
      const opened = await Promise.all(
        Array.from({ length: Math.min(OPENED_AT_ONCE, wanted - sockets.length) }, () => stand(target.port)),
      )
      const standing = opened.filter((socket) => socket !== undefined)
      sockets.push(...standing)
      if (standing.length < opened.length) break
    }
    // Connections are let in one after the other: when this is answered, all before it have been.
    await fetch(`http://127.0.0.1:${target.port}/healthz`)
    const stood = (await connectionsOf(target.opsPort)) - before
    for (const [i, socket] of sockets.entries()) begin(socket, mannerOf(i))
    const startedAt = performance.now()
    // Asked of the receiver: who leaves answers unread does not see that the other side has gone.
    await until(async () => (await connectionsOf(target.opsPort)) <= before + OTHERS, {
      timeoutMs: OVER_MS,
      what: 'the receiver has closed every connection that only stood',
    })
    const overMs = performance.now() - startedAt
    return { stood, good: await good.stop(), watched: await watch.stop(), overMs }
  } finally {
    for (const socket of sockets) socket.destroy()
  }
}

/** Nothing where this machine has no file left for it. */
async function stand(port: number): Promise<Socket | undefined> {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => {})
  const isOpen = await Promise.race([once(socket, 'connect').then(() => true), once(socket, 'close').then(() => false)])
  return isOpen ? socket : undefined
}

function begin(socket: Socket, { begins, drips }: Manner): void {
  // Answers are read, but by those that came to leave them lying.
  if (begins !== UNREAD) socket.resume()
  socket.write(begins)
  if (!drips) return
  const dripping = setInterval(() => socket.write('x'), DRIP_MS)
  socket.on('close', () => clearInterval(dripping))
}
