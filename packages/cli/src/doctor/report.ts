import { styleText } from 'node:util'
import { terminalText } from '../terminal-text.ts'
import { wrap } from '../wrap.ts'
import type { Diagnosis } from './diagnose.ts'

const MARKS = {
  passed: ['green', '✓'],
  warned: ['yellow', '!'],
  failed: ['red', '✗'],
  skipped: ['dim', '–'],
} as const satisfies Record<Diagnosis['status'], readonly [Parameters<typeof styleText>[0], string]>

/** A line for each check: a mark, its name, and what is the case; then a sentence on all of it. */
export function report(diagnoses: readonly Diagnosis[], columns: number | undefined): readonly string[] {
  const width = Math.max(...diagnoses.map(({ name }) => name.length))
  const left = '✓ '.length + width + 2
  const lines = diagnoses.flatMap(({ name, status, message }) => {
    const [style, mark] = MARKS[status]
    const [first = '', ...others] = wrap(terminalText(message), columns === undefined ? undefined : columns - left)
    return [
      `${styleText(style, mark)} ${name.padEnd(width)}  ${first}`,
      ...others.map((line) => `${' '.repeat(left)}${line}`),
    ]
  })
  return [...lines, '', summary(diagnoses)]
}

function summary(diagnoses: readonly Diagnosis[]): string {
  const count = (status: Diagnosis['status']) => diagnoses.filter((diagnosis) => diagnosis.status === status).length
  const [failed, warned] = [count('failed'), count('warned')]
  const warnings = warned === 1 ? '1 warning' : `${warned} warnings`
  if (failed > 0) return `${failed === 1 ? '1 check' : `${failed} checks`} failed${warned > 0 ? `, ${warnings}` : ''}.`
  return warned > 0 ? `Nothing failed; ${warnings}.` : 'All is well.'
}
