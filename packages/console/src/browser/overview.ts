/** The overview's charts, and figures that stay true while the page is open. */
import type uPlotType from 'uplot'

declare const uPlot: typeof uPlotType

interface Activity {
  readonly figures: Readonly<Record<string, string>>
  readonly series: Readonly<Record<string, (number | null)[]>>
}

interface Line {
  readonly series: string
  readonly label: string
  /** A custom property of the stylesheet. */
  readonly color: string
  readonly scale?: number
}

const LOOK_EVERY_MS = 5_000

const HEIGHT = 180

interface Chart {
  readonly lines: readonly Line[]
  readonly isLogarithmic?: boolean
  readonly unit: (value: number) => string
}

const CHARTS: Readonly<Record<string, Chart>> = {
  depth: {
    lines: [
      { series: 'waiting', label: 'waiting', color: '--line-1' },
      { series: 'active', label: 'in hand', color: '--line-2' },
      { series: 'delayed', label: 'to be tried again', color: '--line-3' },
    ],
    unit: (value) => shortNumber(value),
  },
  throughput: {
    lines: [{ series: 'perSecond', label: 'a second', color: '--line-1' }],
    unit: (value) => shortNumber(value),
  },
  lag: {
    lines: [
      { series: 'lagMedianMs', label: 'median', color: '--line-1', scale: 0.001 },
      { series: 'lagP99Ms', label: '99th percentile', color: '--line-3', scale: 0.001 },
    ],
    isLogarithmic: true,
    unit: (value) => inUnits(value),
  },
  failures: {
    lines: [{ series: 'failures', label: 'failed', color: '--line-4' }],
    unit: (value) => shortNumber(value),
  },
}

/** A colour of the stylesheet as a canvas takes it: of a pair for light and dark, the one that holds. */
function property(name: string): string {
  const probe = document.createElement('i')
  probe.style.color = `var(${name})`
  document.body.append(probe)
  const { color } = getComputedStyle(probe)
  probe.remove()
  return color
}

const dataOf = ({ lines }: Chart, { series }: Activity): uPlotType.AlignedData =>
  [
    series.times!,
    ...lines.map(({ series: name, scale = 1 }) =>
      series[name]!.map((value) => (value === null ? null : value * scale)),
    ),
  ] as uPlotType.AlignedData

const FROM_ZERO: uPlotType.Scale = { range: (_chart, _least, most) => [0, Math.max(most ?? 0, 1) * 1.1] }

/** From a tenth of a second up: an hour and a second are both to be seen. */
const LOGARITHMIC: uPlotType.Scale = {
  distr: 3,
  range: (_chart, _least, most) => [0.1, 10 ** Math.ceil(Math.log10(Math.max(most ?? 0, 9)))],
}

/** Spans that people have names for, instead of powers of ten. */
const ROUND_SPANS: Pick<uPlotType.Axis, 'splits' | 'filter'> = {
  splits: (_chart, _axis, least, most) =>
    [0.1, 1, 10, 60, 600, 3_600, 36_000].filter((at) => at >= least && at <= most),
  filter: (_chart, splits) => splits,
}

function draw(figure: HTMLElement, chart: Chart, activity: Activity): uPlotType {
  const { lines, isLogarithmic, unit } = chart
  const plot = figure.querySelector<HTMLElement>('.plot')!
  const axis = { stroke: property('--muted'), grid: { stroke: property('--rule'), width: 1 }, ticks: { show: false } }
  plot.replaceChildren()
  return new uPlot(
    {
      width: plot.clientWidth,
      height: HEIGHT,
      tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1_000), 'Etc/UTC'),
      cursor: { sync: { key: 'hour' }, y: false },
      scales: { y: isLogarithmic ? LOGARITHMIC : FROM_ZERO },
      axes: [
        { ...axis, values: '{HH}:{mm}' as never },
        {
          ...axis,
          size: 60,
          values: (_chart, values) => values.map((value) => (value === null ? '' : unit(value))),
          ...(isLogarithmic && ROUND_SPANS),
        },
      ],
      series: [
        { value: '{HH}:{mm}:{ss}' as never, label: 'UTC' },
        ...lines.map(({ label, color }) => ({
          label,
          stroke: property(color),
          width: 1.5,
          points: { show: false },
          spanGaps: false,
          value: (_chart: uPlotType, value: number | null) => (value === null ? '—' : unit(value)),
        })),
      ],
    },
    dataOf(chart, activity),
    plot,
  )
}

/** A span of time in its largest unit. */
const inUnits = (seconds: number): string =>
  seconds < 1
    ? `${Math.round(seconds * 1_000)} ms`
    : seconds < 120
      ? `${shortNumber(seconds)} s`
      : seconds < 7_200
        ? `${shortNumber(seconds / 60)} min`
        : `${shortNumber(seconds / 3_600)} h`

const shortNumber = (value: number): string =>
  new Intl.NumberFormat('en', { maximumSignificantDigits: 3 }).format(value)

async function look(): Promise<Activity | undefined> {
  try {
    const response = await fetch('/api/activity', { headers: { accept: 'application/json' } })
    // Signed out, or let in for a page that has been open for long: who opens it anew signs in, or need not.
    if (response.status === 401) location.reload()
    return response.ok ? ((await response.json()) as Activity) : undefined
  } catch {
    // The console is away for a moment; what is shown stays, and says so by standing still.
    return undefined
  }
}

function show({ figures }: Activity): void {
  for (const element of document.querySelectorAll<HTMLElement>('[data-figure]')) {
    const text = figures[element.dataset.figure!]
    if (text !== undefined && element.textContent !== text) element.textContent = text
  }
}

const charts = new Map<HTMLElement, uPlotType>()
let latest: Activity | undefined

function drawAll(): void {
  if (!latest) return
  for (const figure of document.querySelectorAll<HTMLElement>('[data-chart]')) {
    charts.get(figure)?.destroy()
    charts.set(figure, draw(figure, CHARTS[figure.dataset.chart!]!, latest))
  }
  document.documentElement.dataset.charts = 'drawn'
}

async function update(): Promise<void> {
  const seen = document.hidden ? undefined : await look()
  if (!seen) return
  latest = seen
  show(seen)
  if (charts.size === 0) drawAll()
  else for (const [figure, chart] of charts) chart.setData(dataOf(CHARTS[figure.dataset.chart!]!, seen))
}

new ResizeObserver(() => {
  for (const [figure, chart] of charts) {
    const width = figure.querySelector('.plot')!.clientWidth
    if (width !== chart.width) chart.setSize({ width, height: HEIGHT })
  }
}).observe(document.querySelector('.charts')!)
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', drawAll)
document.addEventListener('visibilitychange', () => void update())
setInterval(() => void update(), LOOK_EVERY_MS)
void update()
