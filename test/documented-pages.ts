import { globSync, readFileSync } from 'node:fs'
import { posix } from 'node:path'
import { fileURLToPath } from 'node:url'
import { headingAnchor } from '../docs/heading-anchor.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))

/** A fenced block of a page. */
export interface Block {
  readonly page: string
  /** Where its fence begins. */
  readonly line: number
  readonly language: string
  /** What follows the language: `run`, `file=` and which, or `unchecked: ` and why. */
  readonly marker: string
  readonly source: string
  /** What it takes as given: the text of a comment `<!-- given: … -->` before it, which readers do not see. */
  readonly given: string
}

/** Every page that people read, by its path in the repository. */
export const PAGES: readonly string[] = globSync(
  ['*.md', 'docs/**/*.md', 'examples/*/README.md', 'bench/README.md', 'infra/**/*.md'],
  { cwd: ROOT, exclude: ['**/node_modules/**', 'docs/project/**'] },
)
  .map((path) => path.replaceAll('\\', '/'))
  .sort()

export const readPage = (page: string): string => readFileSync(`${ROOT}/${page}`, 'utf8')

const BLOCK =
  /^(?:<!-- given:\n(?<given>.*?)\n-->\n+)?(?<indent> *)```(?<language>[\w-]*)(?<marker>[^\n]*)\n(?<source>.*?)^\k<indent>```$/gms

export function blocksOf(page: string): readonly Block[] {
  const text = readPage(page)
  return [...text.matchAll(BLOCK)].map((match) => {
    const { given = '', indent = '', language = '', marker = '', source = '' } = match.groups!
    const fence = match.index + match[0].indexOf(`${indent}\`\`\``)
    return {
      page,
      line: text.slice(0, fence).split('\n').length,
      language,
      marker: marker.trim(),
      source: source.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
      given,
    }
  })
}

/** What may be said instead of a check. */
const UNCHECKED = /^unchecked: \S.{9,}/

export const isUnchecked = ({ marker }: Block): boolean => UNCHECKED.test(marker)

/** What somebody who follows the page writes into a file of the repository; a test of that page's own follows it. */
const FOLLOWED = ['docs/adding-a-resource.md']
export const isFollowed = ({ page, marker }: Block): boolean => FOLLOWED.includes(page) && marker.startsWith('file=')

/** All blocks in one of these languages that are to be checked. */
export const blocksIn = (...languages: readonly string[]): readonly Block[] =>
  PAGES.flatMap(blocksOf).filter(
    (block) => languages.includes(block.language) && !isUnchecked(block) && !isFollowed(block),
  )

export const placeOf = ({ page, line }: Block): string => `${page}:${line}`

/** The page without blocks, comments and, unless they are wanted, pieces of code in sentences. */
export function proseOf(page: string, { withCode = false } = {}): string {
  const prose = readPage(page)
    .replaceAll(/<!--.*?-->/gs, '')
    .replaceAll(BLOCK, '')
  return withCode ? prose : prose.replaceAll(/(`+)(?!`).*?[^`]?\1(?!`)/g, '')
}

/** The pieces of code in a page's sentences. */
export const codeInProse = (page: string): readonly string[] =>
  [...proseOf(page, { withCode: true }).matchAll(/`([^`\n]+)`/g)].map(([, code]) => code!)

/** Where a page's links and pictures lead. */
export const linksOf = (page: string): readonly string[] =>
  [...proseOf(page).matchAll(/\]\(([^()\s]+)\)/g)].map(([, link]) => link!)

/** The file that a link in a page leads to, and the place in it. */
export function targetOf(page: string, link: string): { readonly file: string; readonly anchor: string | undefined } {
  const [path = '', anchor] = link.split('#')
  return { file: path === '' ? page : posix.join(posix.dirname(page), path), anchor }
}

/** The places in a page that links may lead to. */
export function anchorsOf(page: string): ReadonlySet<string> {
  const seen = new Map<string, number>()
  const headings = [...proseOf(page, { withCode: true }).matchAll(/^#{1,6} (.+)$/gm)]
  return new Set(
    headings.map(([, heading]) => {
      const anchor = headingAnchor(heading!.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1').replaceAll(/[`*]/g, ''))
      const count = seen.get(anchor) ?? 0
      seen.set(anchor, count + 1)
      return count === 0 ? anchor : `${anchor}-${count}`
    }),
  )
}
