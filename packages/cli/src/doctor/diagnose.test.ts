import { ConfigError } from '@rollcall/shared/config'
import { passed, warned } from '@rollcall/shared/readiness'
import { expect, test } from 'vitest'
import type { Terminal } from '../command.ts'
import { diagnose } from './diagnose.ts'
import { doctorCheck } from './doctor-check.ts'
import { report } from './report.ts'

const terminal: Terminal = { environment: {}, folder: '/', columns: undefined, print: () => undefined }

const checks = [
  doctorCheck({
    name: 'postgres',
    needs: [],
    examine: async () => ({ ...passed('It answers.'), established: { postgres: true as const } }),
  }),
  doctorCheck({
    name: 'schema',
    needs: ['postgres'],
    examine: async () => {
      throw new ConfigError('Set this:\n  X: is not set')
    },
  }),
  doctorCheck({ name: 'rows', needs: ['postgres', 'schema'], examine: async () => passed('It never comes to this.') }),
  doctorCheck({ name: 'others', needs: ['postgres'], examine: async () => warned('Something is odd.') }),
]

test('[C8] a check that throws has failed, those that stand on it are not made, and the others are', async () => {
  expect(await diagnose(checks, terminal)).toEqual([
    { name: 'postgres', status: 'passed', message: 'It answers.' },
    { name: 'schema', status: 'failed', message: 'Set this:\n  X: is not set' },
    { name: 'rows', status: 'skipped', message: 'Cannot be told before schema passes.' },
    { name: 'others', status: 'warned', message: 'Something is odd.' },
  ])
})

test('[C8] the report has a mark, a name and a sentence for each check, and ends with a sentence on all', async () => {
  const diagnoses = await diagnose(checks, terminal)
  expect(report(diagnoses, undefined)).toEqual([
    '✓ postgres  It answers.',
    '✗ schema    Set this:',
    '              X: is not set',
    '– rows      Cannot be told before schema passes.',
    '! others    Something is odd.',
    '',
    '1 check failed, 1 warning.',
  ])
  expect(report(diagnoses.slice(3), 80).at(-1)).toBe('Nothing failed; 1 warning.')
  expect(report(diagnoses.slice(0, 1), 80).at(-1)).toBe('All is well.')
})
