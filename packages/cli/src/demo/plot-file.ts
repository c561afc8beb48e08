import { access, constants, stat, writeFile } from 'node:fs/promises'
import { dirname, parse, resolve } from 'node:path'
import { CommandError } from '../command.ts'

const USUAL_NAME = 'rollcall-demo.svg'

/** So many earlier plots in one folder have been forgotten, rather than kept. */
const MOST_FILES = 1_000

/** Throws a `CommandError` where a file that was asked for could not be written, before a minute is spent on it. */
export async function checkPlotFile(named: string | undefined, folder: string): Promise<void> {
  if (named === undefined) return
  const path = resolve(folder, named)
  if (await isThere(path)) {
    throw new CommandError(
      `${named} is there already, and would be written over.`,
      'Remove it, or give --svg another name.',
    )
  }
  try {
    await access(dirname(path), constants.W_OK)
  } catch (cause) {
    const reason = (cause as NodeJS.ErrnoException).code === 'ENOENT' ? 'does not exist' : 'may not be written to'
    throw new CommandError(`The folder of ${named} ${reason}.`, 'Make it, or give --svg a file somewhere else.', {
      cause,
    })
  }
}

/** Writes the plot, never over a file that is there, and answers the name by which it is found from the folder. */
export async function writePlotFile(named: string | undefined, folder: string, svg: string): Promise<string> {
  for (const name of named === undefined ? usualNames() : [named]) {
    try {
      await writeFile(resolve(folder, name), svg, { flag: 'wx' })
      return name
    } catch (cause) {
      const { code } = cause as NodeJS.ErrnoException
      if (code === 'EEXIST' && named === undefined) continue
      throw new CommandError(`${name} could not be written (${code}).`, 'Give --svg a file that is not there yet.', {
        cause,
      })
    }
  }
  throw new CommandError(
    `There are ${MOST_FILES} plots in this folder already.`,
    'Remove some, or name another with --svg.',
  )
}

/** `rollcall-demo.svg`, `rollcall-demo-2.svg`, … */
function* usualNames(): Generator<string> {
  const { name, ext } = parse(USUAL_NAME)
  yield USUAL_NAME
  for (let number = 2; number <= MOST_FILES; number++) yield `${name}-${number}${ext}`
}

const isThere = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  )
