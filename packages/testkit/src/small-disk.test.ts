import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { mountSmallDisk } from './small-disk.ts'

test('a small disk that is full takes nothing more until it is emptied', async (context) => {
  const directory = await mkdtemp(join(tmpdir(), 'rollcall-disk-'))
  try {
    await using disk = await mountSmallDisk(directory, 1)
    if (!disk) return context.skip('this machine does not let us mount a disk')
    const write = () => writeFile(join(directory, 'file'), 'x')

    await disk.fill()
    await expect(write()).rejects.toMatchObject({ code: 'ENOSPC' })
    await disk.empty()
    await write()
  } finally {
    await rm(directory, { recursive: true })
  }
})
