import { cp, mkdir, readdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { isRoot, mayRun, postgresAccount } from './account.ts'
import { findPostgresBinaries, reachableBinaries } from './postgres-binaries.ts'
import { makeTestDirectory } from './test-directory.ts'

test.runIf(isRoot())('[E5] binaries that only root reaches are copied once (only root can show it)', async () => {
  await using locked = await makeTestDirectory(0o700)
  await using shared = await makeTestDirectory(0o755)
  const account = await postgresAccount()
  const original = dirname(dirname(dirname((await findPostgresBinaries()).postgres)))
  const hidden = join(locked.path, 'package')
  await mkdir(hidden)
  for (const part of ['package.json', 'native']) {
    await cp(join(original, part), join(hidden, part), { recursive: true, verbatimSymlinks: true })
  }
  const binaries = { postgres: join(hidden, 'native/bin/postgres'), initdb: join(hidden, 'native/bin/initdb') }
  expect(await mayRun(account, binaries.postgres)).toBe(false)

  const copied = await reachableBinaries(binaries, account, shared.path)

  expect(await mayRun(account, copied.initdb)).toBe(true)
  expect(await reachableBinaries(binaries, account, shared.path)).toEqual(copied)
  expect(await readdir(shared.path)).toEqual([expect.stringMatching(/^postgres-\d+\.\d+/)])
})
