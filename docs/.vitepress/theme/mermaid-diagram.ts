import { useData } from 'vitepress'
import { defineComponent, h, onMounted, ref, useId, watch } from 'vue'
import { loadMermaid } from './load-mermaid.ts'

/** A diagram, drawn in the reader's browser, in the colours that it shows at the moment. */
export const MermaidDiagram = defineComponent({
  props: { source: { type: String, required: true } },
  setup(props) {
    const { isDark } = useData()
    const svg = ref('')
    const id = `diagram-${useId()}`

    async function draw(): Promise<void> {
      const mermaid = await loadMermaid()
      mermaid.initialize({
        startOnLoad: false,
        securityLevel: 'strict',
        theme: isDark.value ? 'dark' : 'neutral',
        fontFamily: 'inherit',
        // The page's own, or labels stand on grey that they can hardly be told from.
        themeVariables: { edgeLabelBackground: isDark.value ? '#1b1b1f' : '#ffffff' },
      })
      svg.value = (await mermaid.render(id, decodeURIComponent(props.source))).svg
    }

    onMounted(draw)
    watch(isDark, draw)
    return () =>
      h('div', {
        class: 'mermaid-diagram',
        style: `--width: ${widthOf(svg.value)}px`,
        role: 'figure',
        'aria-label': 'Diagram',
        tabindex: 0, // one that is too wide is scrolled by the keyboard, too
        innerHTML: svg.value,
      })
  },
})

/** As wide as it is drawn before it is made to fit. */
const widthOf = (svg: string): number => Number(/viewBox="\S+ \S+ (\S+)/.exec(svg)?.[1] ?? 0)
