import { readFileSync } from 'node:fs'
import { defineConfig, type MarkdownRenderer } from 'vitepress'
import { headingAnchor } from '../heading-anchor.ts'
import { siteLink } from '../project-pages.ts'
import { SIDEBAR } from '../site-map.ts'

const icon = readFileSync(new URL('../public/icon.svg', import.meta.url), 'utf8').trim()

export default defineConfig({
  title: 'Rollcall',
  description: 'Keeps a Postgres schema in step with Clerk: durable, ordered, convergent.',
  lang: 'en',
  head: [['link', { rel: 'icon', href: `data:image/svg+xml,${encodeURIComponent(icon)}` }]],
  // Addresses of what runs on the reader's machine.
  ignoreDeadLinks: 'localhostLinks',
  markdown: { anchor: { slugify: headingAnchor }, config: configureMarkdown },
  themeConfig: {
    logo: '/icon.svg',
    nav: [
      { text: 'Start here', link: '/start-here' },
      { text: 'Should you sync?', link: '/should-you-sync' },
      { text: 'Reference', link: '/configuration' },
      { text: 'Runbooks', link: '/runbooks/README' },
    ],
    sidebar: [...SIDEBAR],
    outline: [2, 3],
    search: { provider: 'local' },
  },
})

function configureMarkdown(md: MarkdownRenderer): void {
  md.core.ruler.push('links_of_the_repository', ({ tokens, env }) => {
    for (const token of tokens.flatMap(({ children }) => children ?? [])) {
      const href = token.type === 'link_open' ? token.attrGet('href') : null
      if (href !== null) token.attrSet('href', siteLink(env.relativePath, href))
    }
  })

  const fence = md.renderer.rules.fence!
  md.renderer.rules.fence = (tokens, i, ...rest) => {
    const { info, content } = tokens[i]!
    return info.trim() === 'mermaid'
      ? `<MermaidDiagram source="${encodeURIComponent(content)}" />`
      : fence(tokens, i, ...rest)
  }
}
