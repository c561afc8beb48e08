import { globSync, readFileSync } from 'node:fs'
import { basename, dirname, posix } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('..', import.meta.url))

/** Pages that lie elsewhere in the repository, by their files: the site shows them as `project/<name>`. */
export const PROJECT_PAGES: Readonly<Record<string, string>> = {
  'SPEC.md': 'specification',
  'ARCHITECTURE.md': 'architecture',
  'CHANGELOG.md': 'changelog',
  'CONTRIBUTING.md': 'contributing',
  'SECURITY.md': 'security',
  'bench/README.md': 'benchmarks',
  ...Object.fromEntries(
    globSync('examples/*/README.md', { cwd: ROOT })
      .sort()
      .map((file) => [file, `example-${basename(dirname(file))}`]),
  ),
}

const FOLDER = 'project/'

export const projectPage = (file: string): string => readFileSync(`${ROOT}/${file}`, 'utf8')

/** The file in the repository that a page of the site is made of. */
function fileOf(page: string): string {
  const name = page.startsWith(FOLDER) ? page.slice(FOLDER.length, -'.md'.length) : undefined
  return Object.keys(PROJECT_PAGES).find((file) => PROJECT_PAGES[file] === name) ?? `docs/${page}`
}

/** Where a link leads on the site that in its file leads to another file; links between pages of docs/ stay as they are. */
export function siteLink(page: string, link: string): string {
  if (/^(?:[a-z]+:|#|\/)/.test(link)) return link
  const [path = '', hash] = link.split('#')
  const file = posix.join(posix.dirname(fileOf(page)), path)
  const name = PROJECT_PAGES[file]
  const target = name ? `/${FOLDER}${name}` : file.startsWith('docs/') ? `/${file.slice('docs/'.length)}` : path
  return hash === undefined ? target : `${target}#${hash}`
}
