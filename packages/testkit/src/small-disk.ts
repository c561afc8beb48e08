import { execFile } from 'node:child_process'
import { open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** A disk that a test can fill to the last byte. It is really full then: what the kernel says is ENOSPC. */
export interface SmallDisk extends AsyncDisposable {
  fill(): Promise<void>
  empty(): Promise<void>
}

/** Small enough that filling it takes a moment, large enough that the last bytes are not written one by one. */
const CHUNK = Buffer.alloc(64 * 1_024)

/** Mounts one at a directory that is there; nothing where this machine does not let us. */
export async function mountSmallDisk(directory: string, megabytes: number): Promise<SmallDisk | undefined> {
  try {
    await run('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m,mode=755`, 'tmpfs', directory])
  } catch {
    return undefined // no such program, or not allowed
  }
  const filling = join(directory, 'filling')
  return {
    async fill() {
      await using file = await open(filling, 'a')
      for (let size = CHUNK.length; size > 0; ) {
        const isFull = await file.write(CHUNK.subarray(0, size)).then(
          () => false,
          () => true,
        )
        if (isFull) size >>= 1
      }
    },
    empty: () => rm(filling, { force: true }),
    async [Symbol.asyncDispose]() {
      // Lazily: who has just been killed may hold a file for a moment.
      await run('umount', ['--lazy', directory])
    },
  }
}
