import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { transformSync } from 'amaro'
import type { RequestHandler } from 'express'

interface Asset {
  readonly type: string
  readonly content: string
  readonly hash: string
}

const ownFile = (path: string): string => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8')

/**
 * The browser gets what Node runs: TypeScript without its types. Amaro is what Node strips them with; Node's own function for
 * it still warns on standard error.
 */
const ownScript = (path: string): string => transformSync(ownFile(path), { mode: 'strip-only' }).code

const { resolve } = createRequire(import.meta.url)
const packaged = (path: string): string => readFileSync(resolve(path), 'utf8')

function asset(type: string, content: string): Asset {
  return { type, content, hash: createHash('sha256').update(content).digest('base64url').slice(0, 12) }
}

const CSS = 'text/css; charset=utf-8'
const SCRIPT = 'text/javascript; charset=utf-8'

/** Everything that pages load. All of it comes from here, nothing from elsewhere. */
const ASSETS = {
  'console.css': asset(CSS, ownFile('assets/console.css')),
  'uplot.css': asset(CSS, packaged('uplot/dist/uPlot.min.css')),
  'uplot.js': asset(SCRIPT, packaged('uplot/dist/uPlot.iife.min.js')),
  'overview.js': asset(SCRIPT, ownScript('browser/overview.ts')),
  'select.js': asset(SCRIPT, ownScript('browser/select.ts')),
} as const satisfies Readonly<Record<string, Asset>>
export type AssetName = keyof typeof ASSETS

/** By its content, so that a browser keeps one for as long as it likes, and loads another after an update. */
export const assetUrl = (name: AssetName): string => `/assets/${name}?v=${ASSETS[name].hash}`

export const serveAsset =
  (name: AssetName): RequestHandler =>
  (_request, response) => {
    const { type, content } = ASSETS[name]
    response.set({ 'content-type': type, 'cache-control': 'private, max-age=31536000, immutable' })
    response.send(content)
  }

/** What the sign-in looks like; everything else is for those who are in. */
export const PUBLIC_ASSET = 'console.css' satisfies AssetName
export const guardedAssets = (Object.keys(ASSETS) as AssetName[]).filter((name) => name !== PUBLIC_ASSET)
