/** Long enough to tell errors apart, short enough for an index and a line of a list. */
const MOST_LENGTH = 160

/** What stands for a value. */
const VALUE = '…'

/**
 * An error's text without what differs from event to event, so that what failed alike is one group: its values, ids and
 * numbers. Names of columns and constraints are told apart: Postgres quotes those as it quotes values, but values come
 * after a colon.
 */
export function groupOfError(error: string): string {
  const [line = ''] = error.split('\n', 1)
  return line
    .replaceAll(/(: )?"([^"]*)"/g, (quoted: string, colon: string | undefined, text: string) =>
      colon === undefined && /^\w+$/.test(text) ? quoted : `${colon ?? ''}"${VALUE}"`,
    )
    .replaceAll(/'[^']*'/g, `'${VALUE}'`)
    .replaceAll(/\b[a-z]+_[A-Za-z0-9]{12,}\b/g, VALUE)
    .replaceAll(/\d+/g, VALUE)
    .slice(0, MOST_LENGTH)
}
