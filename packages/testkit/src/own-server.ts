/** A server that a test has to itself, to stop, kill or freeze it. Its address stays the same throughout. */
export interface OwnServer extends AsyncDisposable {
  readonly url: string
  /** Ends it in good order. */
  stop(): Promise<void>
  /** Starts it again with the data it had; resolves when it answers. */
  start(): Promise<void>
  /** Ends it as a power cut would; resolves when it is gone. */
  kill(): Promise<void>
  /** Stops it from running: connections stay open and nothing is answered. */
  freeze(): Promise<void>
  thaw(): Promise<void>
  /** Ends it and removes all it kept. */
  dispose(): Promise<void>
}
