/** So that text beside something wide is not a word a line. */
const LEAST_COLUMNS = 30

/** A text in lines of at most so many characters, broken between words. Lines that it has already are kept. */
export function wrap(text: string, columns: number | undefined): readonly string[] {
  if (columns === undefined) return text.split('\n')
  const width = Math.max(columns, LEAST_COLUMNS)
  return text.split('\n').flatMap((line) => {
    const indent = /^ */.exec(line)![0]
    const lines: string[] = []
    for (const word of line.trimStart().split(' ')) {
      const last = lines.at(-1)
      if (last !== undefined && `${last} ${word}`.length <= width) lines[lines.length - 1] = `${last} ${word}`
      else lines.push(indent + word)
    }
    return lines
  })
}
