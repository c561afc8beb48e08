import { createRequire } from 'node:module'

/** What a page is made of. */
export interface Markup {
  readonly props: unknown
}

type Create = (type: string, properties: object | null, ...children: readonly unknown[]) => Markup
type Template = (strings: TemplateStringsArray, ...values: readonly unknown[]) => Markup

// Required rather than imported: Preact's types bring the DOM's, and this runs in no browser.
const require = createRequire(import.meta.url)
const { h } = require('preact') as { readonly h: Create }
const { renderToString } = require('preact-render-to-string') as { renderToString(page: Markup): string }
const htm = require('htm') as { bind(create: Create): Template }

/** HTML as a template, with values where values go. Text in it is escaped when it is rendered, whatever it says [X7]. */
export const html: Template = htm.bind(h)

export const renderPage = (page: Markup): string => `<!doctype html>${renderToString(page)}`
