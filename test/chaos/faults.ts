import { setTimeout as sleep } from 'node:timers/promises'
import { type Arena, type Player, playersOf } from './arena.ts'
import { midBatch, midCommit } from './moments.ts'
import { cutLinks, type Links, mendLinks } from './network.ts'
import { type Fault, KINDS, type Kind } from './schedule.ts'
import type { ChaosServer } from './servers.ts'

/** What is done to the parts, by kind. Resolves when it is over: what was ended runs again, what was cut is whole. */
const INJECT: Readonly<Record<Kind, (arena: Arena, fault: Fault) => Promise<void>>> = {
  'receiver killed': (arena, fault) => kill(targetsOf(arena, fault), fault),
  'receiver frozen': (arena, fault) => freeze(targetsOf(arena, fault), fault),
  'receiver restarted': (arena, fault) => restart(targetsOf(arena, fault), fault),
  'receiver cut off': (arena, fault) =>
    cut(
      targetsOf(arena, fault).flatMap(({ front }) => front),
      fault,
    ),
  'worker killed': (arena, fault) => kill(targetsOf(arena, fault), fault),
  'worker killed mid-batch': (arena, fault) => {
    const [worker] = targetsOf(arena, fault)
    return midBatch(arena, worker!.service.name, worker!.service.kill).then(() => startAgain([worker!], fault))
  },
  'worker killed mid-commit': (arena, fault) => {
    const [worker] = targetsOf(arena, fault)
    return midCommit(arena, worker!.service.name, worker!.service.kill).then(() => startAgain([worker!], fault))
  },
  'worker frozen': (arena, fault) => freeze(targetsOf(arena, fault), fault),
  'worker restarted': (arena, fault) => restart(targetsOf(arena, fault), fault),
  'worker cut off': (arena, fault) => cut(targetsOf(arena, fault).flatMap(waysOut), fault),
  'worker cut off mid-commit': (arena, fault) => {
    const [worker] = targetsOf(arena, fault)
    return midCommit(arena, worker!.service.name, () => cut(worker!.toPostgres, fault))
  },
  'redis killed': ({ servers }, fault) => killServer(servers.redis, fault),
  'redis frozen': ({ servers }, fault) => freezeServer(servers.redis, fault),
  'redis restarted': ({ servers }, fault) => restartServer(servers.redis, fault),
  'redis cut off': (arena, fault) =>
    cut(
      playersOf(arena).flatMap(({ toRedis }) => toRedis),
      fault,
    ),
  'postgres killed': ({ servers }, fault) => killServer(servers.postgres, fault),
  'postgres shut down at once': (arena, fault) => quitPostgres(arena, fault),
  'postgres shut down mid-commit': (arena, fault) => midCommit(arena, null, () => quitPostgres(arena, fault)),
  'postgres restarted on an empty cache': async ({ servers: { postgres } }, { holdMs }) => {
    await postgres.stop()
    await postgres.emptyCache()
    await sleep(holdMs)
    await postgres.start()
  },
  'postgres frozen': ({ servers }, fault) => freezeServer(servers.postgres, fault),
  'postgres cut off': (arena, fault) =>
    cut(
      playersOf(arena).flatMap(({ toPostgres }) => toPostgres),
      fault,
    ),
  'both receivers killed': (arena, fault) => kill(targetsOf(arena, fault), fault),
  'both workers killed': (arena, fault) => kill(targetsOf(arena, fault), fault),
  'everything killed': async (arena, fault) => {
    const { redis, postgres } = arena.servers
    await Promise.all([kill(playersOf(arena), fault), killServer(redis, fault), killServer(postgres, fault)])
  },
  'everything frozen': async (arena, fault) => {
    const { redis, postgres } = arena.servers
    await Promise.all([freeze(playersOf(arena), fault), freezeServer(redis, fault), freezeServer(postgres, fault)])
  },
  'everything cut off': (arena, fault) =>
    cut(
      playersOf(arena).flatMap((player) => [...player.front, ...waysOut(player)]),
      fault,
    ),
}

export const inject = (arena: Arena, fault: Fault): Promise<void> => INJECT[fault.kind](arena, fault)

const waysOut = ({ toRedis, toPostgres }: Player): Links => [...toRedis, ...toPostgres]

function targetsOf({ receivers, workers }: Arena, { kind, target }: Fault): readonly Player[] {
  const { part, takes } = KINDS[kind]
  const pair = part === 'receiver' ? receivers : workers
  return takes === 'one' ? [pair[target]] : pair
}

async function kill(players: readonly Player[], fault: Fault): Promise<void> {
  await Promise.all(players.map(({ service }) => service.kill()))
  await startAgain(players, fault)
}

/** It is not waited until it is ready: what comes next may meet it while it starts. */
async function startAgain(players: readonly Player[], { holdMs }: Fault): Promise<void> {
  await sleep(holdMs)
  await Promise.all(players.map(({ service }) => service.start()))
}

async function restart(players: readonly Player[], fault: Fault): Promise<void> {
  await Promise.all(players.map(({ service }) => service.stop()))
  await startAgain(players, fault)
}

async function freeze(players: readonly Player[], { holdMs }: Fault): Promise<void> {
  for (const { service } of players) service.freeze()
  await sleep(holdMs)
  for (const { service } of players) service.thaw()
}

async function cut(links: Links, fault: Fault): Promise<void> {
  await cutLinks(links, fault.cut)
  await sleep(fault.holdMs)
  await mendLinks(links, fault)
}

async function killServer(server: ChaosServer, { holdMs }: Fault): Promise<void> {
  await server.kill()
  await sleep(holdMs)
  await server.start()
}

async function freezeServer(server: ChaosServer, { holdMs }: Fault): Promise<void> {
  await server.freeze()
  await sleep(holdMs)
  await server.thaw()
}

async function restartServer(server: ChaosServer, { holdMs }: Fault): Promise<void> {
  await server.stop()
  await sleep(holdMs)
  await server.start()
}

async function quitPostgres({ servers: { postgres } }: Arena, { holdMs }: Fault): Promise<void> {
  await postgres.quit()
  await sleep(holdMs)
  await postgres.start()
}
