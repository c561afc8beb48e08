import { execFile } from 'node:child_process'
import { readdir, readFile, readlink } from 'node:fs/promises'
import { promisify } from 'node:util'

/** What the machine says of any process, ours or not. Linux tells by /proc, as slim images have no `ps`. */
interface ProcessEntry {
  readonly pid: number
  readonly parentPid: number
  /** Ended, but not yet collected by its parent; in a container without an init process it stays so forever. */
  readonly isZombie: boolean
  /** With the pid this names one process: a pid alone is soon given to another. */
  readonly startedAt: string
}

const run = promisify(execFile)
const hasProc = process.platform === 'linux'

export async function isAlive(pid: number): Promise<boolean> {
  const entry = await findProcess(pid)
  return entry !== undefined && !entry.isZombie
}

/** When the process started, in the machine's own words, or nothing if it has ended. */
export async function startOf(pid: number): Promise<string | undefined> {
  const entry = await findProcess(pid)
  return entry?.isZombie ? undefined : entry?.startedAt
}

/** The children of a process, their children, and so on. */
export async function descendantsOf(pid: number): Promise<number[]> {
  const everything = await listProcesses()
  const found = [pid]
  for (const parent of found) {
    found.push(...everything.filter((entry) => entry.parentPid === parent).map((entry) => entry.pid))
  }
  return found.slice(1)
}

/** The command line, its words separated by spaces, or nothing if the process has ended. */
export async function commandOf(pid: number): Promise<string | undefined> {
  try {
    if (hasProc) return (await readFile(`/proc/${pid}/cmdline`, 'utf8')).replaceAll('\0', ' ').trim()
    return (await run('ps', ['-o', 'command=', '-p', String(pid)])).stdout.trim()
  } catch {
    return undefined // it has ended
  }
}

export async function workingDirectoryOf(pid: number): Promise<string | undefined> {
  try {
    if (hasProc) return await readlink(`/proc/${pid}/cwd`)
    const { stdout } = await run('lsof', ['-a', '-p', String(pid), '-d', 'cwd', '-F', 'n'])
    return /^n(.*)$/m.exec(stdout)?.[1]
  } catch {
    return undefined // it has ended, or belongs to somebody else
  }
}

async function findProcess(pid: number): Promise<ProcessEntry | undefined> {
  if (hasProc) return fromProc(pid)
  return (await listProcesses()).find((entry) => entry.pid === pid)
}

async function listProcesses(): Promise<ProcessEntry[]> {
  if (!hasProc) return fromPs((await run('ps', ['-A', '-o', 'pid=,ppid=,stat=,lstart='])).stdout)
  const pids = (await readdir('/proc')).map(Number).filter(Number.isInteger)
  return (await Promise.all(pids.map(fromProc))).filter((entry) => entry !== undefined)
}

async function fromProc(pid: number): Promise<ProcessEntry | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined) // it has ended
  if (!stat) return undefined
  // The second field is the name in parentheses and may hold anything, spaces and parentheses included.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return { pid, isZombie: fields[0] === 'Z', parentPid: Number(fields[1]), startedAt: fields[19] ?? '' }
}

function fromPs(listing: string): ProcessEntry[] {
  return listing
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .map(([pid, parentPid, state = '', ...startedAt]) => ({
      pid: Number(pid),
      parentPid: Number(parentPid),
      isZombie: state.startsWith('Z'),
      startedAt: startedAt.join(' '),
    }))
}
