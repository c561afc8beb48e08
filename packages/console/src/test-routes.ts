import type { BoardQueue } from '@rollcall/queue/board-queue'
import type { Express } from 'express'
import { BOARD_PATH, createBoard } from './web/board.ts'

export type Route = readonly [method: string, path: string]

interface Layer {
  readonly route?: { readonly path: string | readonly string[]; readonly methods: Readonly<Record<string, boolean>> }
  /** Of a router within, which is where its own router is: at `/`. */
  readonly handle?: { readonly stack?: readonly Layer[] }
}

/** Every route that Express knows of, in place of whose parameters stands an id; one that is added is among them. */
export const routesOf = (app: Express, id: string): readonly Route[] =>
  routesIn((app.router as unknown as { readonly stack: readonly Layer[] }).stack, id)

const routesIn = (layers: readonly Layer[], id: string): readonly Route[] =>
  layers.flatMap(({ route, handle }) =>
    route
      ? [route.path]
          .flat()
          .flatMap((path) =>
            Object.keys(route.methods).map((method) => [method.toUpperCase(), withId(path, id)] as const),
          )
      : routesIn(handle?.stack ?? [], id),
  )

const withId = (path: string, id: string): string => path.replaceAll(/:\w+/g, encodeURIComponent(id))

/** Those of Bull Board, to which the console passes on what reads. */
export const routesOfBoard = (id: string): readonly Route[] =>
  routesOf(createBoard({ queues: [], codec: {} } as unknown as BoardQueue), id).map(
    ([method, path]) => [method, BOARD_PATH + path] as const,
  )
