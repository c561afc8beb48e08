import { type Installation, openInstallation } from './installation.ts'
import type { OnDelete } from './oracle.ts'

/** One installation for many histories, one after the other. */
export interface Installations extends AsyncDisposable {
  /** Empty. */
  take(): Promise<Installation>
  /** Nobody knows what is left in it: the next has another. */
  spoil(): void
}

export function openInstallations(onDelete: OnDelete): Installations {
  let current: Installation | undefined
  let isSpoilt = false
  const close = async () => {
    await current?.[Symbol.asyncDispose]()
    current = undefined
    isSpoilt = false
  }
  return {
    async take() {
      if (isSpoilt) await close()
      current ??= await openInstallation(onDelete)
      await current.clear()
      return current
    },
    spoil() {
      isSpoilt = true
    },
    [Symbol.asyncDispose]: close,
  }
}
