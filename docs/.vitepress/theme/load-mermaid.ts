import address from '@mermaid-js/tiny/dist/mermaid.tiny.js?url'

/** What we use of Mermaid. */
interface Mermaid {
  initialize(options: Readonly<Record<string, unknown>>): void
  render(id: string, source: string): Promise<{ readonly svg: string }>
}

/** What we use of a browser's page; the rest of this project knows no browser. */
interface BrowserPage {
  readonly mermaid: Mermaid
  readonly document: {
    createElement(name: 'script'): { src: string; onload: () => void; onerror: (error: unknown) => void }
    readonly head: { append(element: unknown): void }
  }
}

const page = globalThis as unknown as BrowserPage
let loaded: Promise<Mermaid> | undefined

/** Once for all diagrams. Its small build is a script that puts itself into the page, and no module. */
export function loadMermaid(): Promise<Mermaid> {
  loaded ??= new Promise((resolve, reject) => {
    const script = page.document.createElement('script')
    script.src = address
    script.onload = () => resolve(page.mermaid)
    script.onerror = reject
    page.document.head.append(script)
  })
  return loaded
}
