import { stripVTControlCharacters } from 'node:util'
import { expect, test } from 'vitest'
import { courseOf } from './course.ts'
import { gridOf, PALETTES, svgPlot } from './svg-plot.ts'
import { plotWidth, terminalPlots } from './terminal-plot.ts'

const passages = Array.from({ length: 400 }, (_, i) => ({
  receivedAt: i * 20,
  appliedAt: i < 150 || i > 300 ? i * 20 + 10 : 6_500 + i,
}))

test('[C21] the plots fit the terminal, and name the highest value, the outage and the end', () => {
  for (const columns of [40, 80, 120, undefined]) {
    const course = courseOf(passages, 0, 8_000, plotWidth(columns) - 1)
    const step = (ms: number) => Math.round(ms / course.stepMs)
    const lines = terminalPlots(course, [step(3_000), step(6_400)]).map(stripVTControlCharacters)
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(columns ?? 80)
    const text = lines.join('\n')
    expect(text).toMatch(/Events that wait\n +1\d\d ┤/)
    expect(text).toMatch(/ 3\.\d s ┤/)
    expect(text.match(/Postgres is away/g)).toHaveLength(2)
    expect(text).toMatch(/ 8 s\n/)
  }
})

test('[C21] where nothing ever waited the plots are empty, not broken', () => {
  const course = courseOf([], 0, 1_000, 40)
  expect(terminalPlots(course, [1, 2]).join('\n')).not.toMatch(/NaN|undefined|Infinity/)
  expect(svgPlot(course, [0.1, 0.2], 'Nothing.')).not.toMatch(/NaN|undefined|Infinity/)
})

test('[C21] the drawing is one of depth and lag, with a title and a summary for who cannot see it', () => {
  const svg = svgPlot(courseOf(passages, 0, 8_000, 100), [3, 6.4], '2,000 users, lost: 0 & <none>')
  expect(svg).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg"[^>]+role="img" aria-labelledby="title summary">/)
  expect(svg).toContain('<desc id="summary">2,000 users, lost: 0 &amp; &lt;none></desc>')
  expect(svg).toContain('@media(prefers-color-scheme:dark)')
  expect(svg.match(/class="line"/g)).toHaveLength(2)
  expect(svg).not.toMatch(/NaN|undefined|Infinity|https?:\/\/(?!www\.w3\.org)/)
})

test.each(Object.entries(PALETTES))('[C21] in the %s text and lines stand out from the background', (_, palette) => {
  const { background, ...colours } = palette
  for (const [name, colour] of Object.entries(colours)) {
    expect(contrast(colour, background), name).toBeGreaterThan(name === 'line' ? 3 : 4.5)
  }
})

test('[C21] the grid has round numbers, and few', () => {
  expect(gridOf(2_672, 4)).toEqual([0, 1_000, 2_000])
  expect(gridOf(6.3, 4)).toEqual([0, 2, 4, 6])
  expect(gridOf(0.3, 4)).toEqual([0, 0.1, 0.2, 0.3])
  expect(gridOf(12.7, 10)).toEqual([0, 2, 4, 6, 8, 10, 12])
  expect(gridOf(0, 4)).toEqual([0])
})

/** As WCAG 2.2 defines it. */
function contrast(one: string, other: string): number {
  const [lighter, darker] = [luminance(one), luminance(other)].sort((a, b) => b - a) as [number, number]
  return (lighter + 0.05) / (darker + 0.05)
}

function luminance(colour: string): number {
  const [red, green, blue] = [1, 3, 5].map((at) => {
    const share = Number.parseInt(colour.slice(at, at + 2), 16) / 255
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
  }) as [number, number, number]
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}
