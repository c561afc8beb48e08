/**
 * Why a server cannot be used, as a sentence that names the variable and says what to do. Anybody may read it: it quotes
 * neither addresses nor secrets. `code` tells one such problem from another.
 */
export class ConnectionProblem extends Error {
  override readonly name = 'ConnectionProblem'
  readonly code: string

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
