import type { Json } from '@rollcall/shared/json'

/** What goes wrong with a request, in place of its answer. */
export interface Fault {
  /** How many requests; one unless it is said. */
  readonly times?: number
  /** Of those whose path, with its query, fits. */
  readonly path?: RegExp
  readonly with:
    | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: Json | undefined }
    /** No answer, until the server is closed. */
    | 'hang'
    /** The connection ends in the middle of the answer. */
    | 'break'
}

export interface Faults {
  answerNext(fault: Fault): void
  /** The first fault that fits, which is used up by it. */
  take(path: string): Fault['with'] | undefined
}

export function createFaults(): Faults {
  let waiting: readonly { readonly fault: Fault; readonly left: number }[] = []
  return {
    answerNext(fault) {
      waiting = [...waiting, { fault, left: fault.times ?? 1 }]
    },
    take(path) {
      // A pattern with the flag `g` would remember where it last matched: search() does not.
      const taken = waiting.find(({ fault }) => fault.path === undefined || path.search(fault.path) !== -1)
      if (!taken) return undefined
      waiting = waiting
        .map((one) => (one === taken ? { ...one, left: one.left - 1 } : one))
        .filter(({ left }) => left > 0)
      return taken.fault.with
    },
  }
}
