import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { checkPlotFile, writePlotFile } from './plot-file.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rollcall-plot-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

test('[C21] a plot is never written over another', async () => {
  expect(await writePlotFile(undefined, folder, 'first')).toBe('rollcall-demo.svg')
  expect(await writePlotFile(undefined, folder, 'second')).toBe('rollcall-demo-2.svg')
  expect(await writePlotFile(undefined, folder, 'third')).toBe('rollcall-demo-3.svg')
  expect(await readFile(join(folder, 'rollcall-demo.svg'), 'utf8')).toBe('first')
})

test('[C21] a file that was asked for and cannot be is told before the show', async () => {
  await checkPlotFile('new.svg', folder)
  await writeFile(join(folder, 'mine.svg'), 'mine')
  await expect(checkPlotFile('mine.svg', folder)).rejects.toThrow(
    'mine.svg is there already, and would be written over. Remove it, or give --svg another name.',
  )
  await expect(checkPlotFile('nowhere/new.svg', folder)).rejects.toThrow(
    'The folder of nowhere/new.svg does not exist. Make it, or give --svg a file somewhere else.',
  )
  await expect(writePlotFile('mine.svg', folder, 'ours')).rejects.toThrow('could not be written (EEXIST)')
  expect(await readdir(folder)).toEqual(['mine.svg'])
  expect(await readFile(join(folder, 'mine.svg'), 'utf8')).toBe('mine')
})
