import type { Course } from './course.ts'

/** In light and in dark, each colour against the background: text at least 4.5 to 1, lines at least 3 to 1 (WCAG 2.2). */
export const PALETTES = {
  light: { background: '#ffffff', text: '#1f2328', quiet: '#59636e', line: '#0969da', outage: '#cf222e' },
  dark: { background: '#0d1117', text: '#f0f6fc', quiet: '#9198a1', line: '#4493f8', outage: '#f85149' },
} as const

const [WIDTH, HEIGHT] = [860, 520]
const [LEFT, RIGHT, TOP] = [72, 20, 78]
const PANEL_HEIGHT = 150
const PANEL_GAP = 76
const PLOT_WIDTH = WIDTH - LEFT - RIGHT

/** So many lines of a grid at the most; more are not read. */
const [MOST_LINES, MOST_TIMES] = [4, 10]

interface Panel {
  readonly title: string
  readonly values: readonly number[]
  readonly unit: string
}

/** A drawing of depth and lag over a run, in whichever colours the reader's system has. The outage is in seconds. */
export function svgPlot(course: Course, outage: readonly [from: number, to: number], summary: string): string {
  const seconds = (course.stepMs * (course.depth.length - 1)) / 1_000
  const panels: readonly Panel[] = [
    { title: 'Events that wait', values: course.depth, unit: '' },
    { title: 'How long the oldest has waited', values: course.lagMs.map((lag) => lag / 1_000), unit: ' s' },
  ]
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-labelledby="title summary">`,
    '<title id="title">rollcall demo: a spike of sign-ups, and Postgres away in the middle</title>',
    `<desc id="summary">${escaped(summary)}</desc>`,
    `<style>${style()}</style>`,
    `<rect class="background" width="${WIDTH}" height="${HEIGHT}"/>`,
    `<text class="heading" x="${LEFT}" y="34">A spike of sign-ups, and Postgres away in the middle</text>`,
    `<text class="quiet" x="${LEFT}" y="54">${escaped(summary)}</text>`,
    ...panels.flatMap((panel, i) => drawPanel(panel, TOP + 22 + i * (PANEL_HEIGHT + PANEL_GAP), outage, seconds)),
    '</svg>',
    '',
  ].join('\n')
}

function drawPanel(
  { title, values, unit }: Panel,
  top: number,
  [from, to]: readonly [number, number],
  seconds: number,
): readonly string[] {
  const lines = gridOf(Math.max(...values), MOST_LINES)
  const highest = Math.max(...values) || 1 // of nothing but zeros, the line is at the bottom
  const x = (second: number) => fixed(LEFT + (second / seconds) * PLOT_WIDTH)
  const y = (value: number) => fixed(top + PANEL_HEIGHT * (1 - value / highest))
  const points = values.map((value, i) => `${x((i / (values.length - 1)) * seconds)},${y(value)}`)
  const bottom = top + PANEL_HEIGHT
  return [
    `<text class="title" x="${LEFT}" y="${top - 10}">${title}</text>`,
    `<rect class="away" x="${x(from)}" y="${top}" width="${fixed(((to - from) / seconds) * PLOT_WIDTH)}" height="${PANEL_HEIGHT}"/>`,
    `<text class="outage" x="${x((from + to) / 2)}" y="${top - 8}" text-anchor="middle">Postgres is away</text>`,
    ...lines.flatMap((value) => [
      `<path class="grid" d="M${LEFT},${y(value)}H${WIDTH - RIGHT}"/>`,
      `<text class="quiet" x="${LEFT - 8}" y="${y(value) + 4}" text-anchor="end">${value.toLocaleString('en')}${unit}</text>`,
    ]),
    ...gridOf(seconds, MOST_TIMES).map(
      (second) => `<text class="quiet" x="${x(second)}" y="${bottom + 18}" text-anchor="middle">${second} s</text>`,
    ),
    `<path class="area" d="M${LEFT},${bottom}L${points.join('L')}L${WIDTH - RIGHT},${bottom}Z"/>`,
    `<path class="line" d="M${points.join('L')}"/>`,
  ]
}

/** So that 0.3 has three times 0.1. */
const ROUNDING = 1e-9

/** Round values from 0 up to the highest: of 1, 2 and 5 times a power of ten, the step that gives few enough lines. */
export function gridOf(highest: number, most: number): readonly number[] {
  if (highest <= 0) return [0]
  const magnitude = 10 ** Math.floor(Math.log10(highest / most))
  const step = [1, 2, 5, 10].map((times) => times * magnitude).find((each) => highest / each <= most)!
  return Array.from({ length: Math.floor(highest / step + ROUNDING) + 1 }, (_, i) => Number((i * step).toPrecision(12)))
}

const fixed = (value: number): number => Math.round(value * 10) / 10

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')

function style(): string {
  const rules = ({ background, text, quiet, line, outage }: Readonly<Record<keyof typeof PALETTES.light, string>>) =>
    `.background{fill:${background}}.heading,.title{fill:${text}}.quiet{fill:${quiet}}.grid{stroke:${quiet}}` +
    `.line{stroke:${line}}.area{fill:${line}}.outage,.away{fill:${outage}}`
  return [
    'text{font:13px system-ui,sans-serif}.heading{font-size:18px;font-weight:600}.title{font-weight:600}',
    '.grid{fill:none;stroke-opacity:.25}.line{fill:none;stroke-width:1.75;stroke-linejoin:round}.area{fill-opacity:.18}.away{fill-opacity:.1}',
    rules(PALETTES.light),
    `@media(prefers-color-scheme:dark){${rules(PALETTES.dark)}}`,
  ].join('')
}
