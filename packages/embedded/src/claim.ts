import { rmSync } from 'node:fs'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { startOf } from './process-table.ts'
import { ServerProblem } from './server-problem.ts'

export interface Claim {
  release(): void
}

/**
 * Marks a directory as in use by this process [E6]. Without it, a second `rollcall start` in the same place would take the
 * server of the first for one left behind and stop it. A claim whose process has ended counts for nothing.
 */
export async function claimDirectory(directory: string): Promise<Claim> {
  const file = join(directory, 'in-use-by')
  const ours = `${process.pid} ${await startOf(process.pid)}`
  while (!(await created(file, ours))) {
    const theirs = await readFile(file, 'utf8').catch(() => '') // released meanwhile
    const [pid = '', ...startedAt] = theirs.split(' ')
    if (pid && (await startOf(Number(pid))) === startedAt.join(' ')) {
      throw new ServerProblem(
        `${directory} is in use by process ${pid}.`,
        'Stop that one first, or use another directory.',
      )
    }
    await rm(file, { force: true })
  }
  return { release: () => rmSync(file, { force: true }) }
}

async function created(file: string, content: string): Promise<boolean> {
  try {
    await writeFile(file, content, { flag: 'wx' })
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    return false
  }
}
