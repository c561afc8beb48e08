/** A change of one place in one file. */
export interface Edit {
  readonly start: number
  readonly end: number
  readonly replacement: string
}

/** A program that differs from ours in one place, so that it does something else; a test ought to notice. */
export interface Mutant {
  /** Below the project's folder. */
  readonly file: string
  readonly line: number
  /** What stood there, and what stands there instead. */
  readonly change: string
  /** The line as it is then; several where several are changed. With the file, the name by which a mutant is known. */
  readonly becomes: string
  /** The whole file. */
  readonly text: string
}

export function mutantOf(file: string, text: string, { start, end, replacement }: Edit): Mutant {
  const mutated = text.slice(0, start) + replacement + text.slice(end)
  const lineStart = text.lastIndexOf('\n', start - 1) + 1
  const lineEnd = `${mutated}\n`.indexOf('\n', start + replacement.length)
  return {
    file,
    line: text.slice(0, start).split('\n').length,
    change: `${onOneLine(text.slice(start, end))} → ${onOneLine(replacement) || '(nothing)'}`,
    becomes: onOneLine(mutated.slice(lineStart, lineEnd)),
    text: mutated,
  }
}

const onOneLine = (text: string): string => text.trim().replaceAll(/\s+/g, ' ')
