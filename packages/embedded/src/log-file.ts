import { readFile, rename } from 'node:fs/promises'

/** Enough to see what a server said before it gave up. */
const TAIL_LINES = 15

/** Keeps the log of one run back, so that logs show the last crash and still do not grow with every start. */
export async function turnLog(logFile: string): Promise<void> {
  await rename(logFile, `${logFile}.previous`).catch(ignoreMissing)
}

export async function tailOf(logFile: string): Promise<string> {
  const text = (await readFile(logFile, 'utf8').catch(ignoreMissing)) ?? ''
  return text.trimEnd().split('\n').slice(-TAIL_LINES).join('\n')
}

function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error
}
