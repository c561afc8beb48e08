/** What the worker says of its events in its log, read while it says it. */
export interface SettledEvents {
  /** Ids of the messages whose outcome is in the ledger. */
  readonly messageIds: ReadonlySet<string>
  /** Whether the worker waits for Postgres. */
  readonly isPaused: boolean
  /** Where the worker's log is to go. */
  readonly destination: { write(line: string): void }
}

/** The ledger itself cannot be asked while Postgres is away, which is when people look most. */
export function readSettledEvents(): SettledEvents {
  const messageIds = new Set<string>()
  let isPaused = false
  return {
    messageIds,
    get isPaused() {
      return isPaused
    },
    destination: {
      write(line) {
        const { msg, messageId } = JSON.parse(line) as { readonly msg?: string; readonly messageId?: string }
        if (msg === 'event.settled' && messageId !== undefined) messageIds.add(messageId)
        else if (msg === 'consumption.paused') isPaused = true
        else if (msg === 'consumption.resumed') isPaused = false
      },
    },
  }
}
