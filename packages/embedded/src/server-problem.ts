/** A server that cannot be run here, for a reason that people can do something about: what happened, and what to do. */
export class ServerProblem extends Error {
  override readonly name = 'ServerProblem'

  constructor(happened: string, next: string, options?: ErrorOptions) {
    super(`${happened} ${next}`, options)
  }
}
