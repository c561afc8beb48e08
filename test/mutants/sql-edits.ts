/**
 * Edits of a piece of SQL, each of which changes what is compared, and how. In `text` one character of Unicode's private use area
 * stands for each value or fragment that is put in.
 */
export function sqlEdits(text: string): readonly SqlEdit[] {
  return [...comparisons(text), ...words(text), ...callEdits(text), ...rowComparisons(text), ...listEdits(text)]
}

/** A part of the text, and what is to stand there instead. */
export interface SqlEdit {
  readonly start: number
  readonly end: number
  readonly replacement: string
}

const OPERATORS: Readonly<Record<string, readonly string[]>> = {
  '<': ['<=', '>'],
  '>': ['>=', '<'],
  '<=': ['<', '>'],
  '>=': ['>', '<'],
  '=': ['<>'],
  '&&': ['@>'],
}

/** Not those of `->`, `=>` and `::`. */
const OPERATOR = /(?<![-<>=!:])(?:= any\(|&&|<=|>=|<|>|=)(?![=>])/g

function comparisons(text: string): readonly SqlEdit[] {
  return [...text.matchAll(OPERATOR)].flatMap(({ 0: found, index: start }) => {
    if (found.startsWith('=') && isAssignment(text, start)) return []
    const replacements = found === '= any(' ? ['<> all('] : OPERATORS[found]!
    return replacements.map((replacement) => ({ start, end: start + found.length, replacement }))
  })
}

/** In the list behind `set`, and outside of any `case` in it; or the whole of a fragment that is to stand there. */
function isAssignment(text: string, at: number): boolean {
  if (/^\W*\w*[\uE000-\uF8FF\w]+ = (null|excluded|case|data)/.test(text.trim())) return true
  let isInSet = false
  let cases = 0
  for (const [word] of text.slice(0, at).matchAll(/\b(set|where|from|returning|join|case|end)\b/g)) {
    if (word === 'case') cases++
    else if (word === 'end') cases--
    else isInSet = word === 'set'
  }
  return isInSet && cases === 0
}

/** The first of these that fits is what stands there. */
const WORDS: readonly (readonly [RegExp, string])[] = [
  [/\bis not null\b/g, 'is null'],
  [/\bis null\b/g, 'is not null'],
  [/\bis not distinct from\b/g, 'is distinct from'],
  [/\bis distinct from\b/g, 'is not distinct from'],
  [/\bnot exists\b/g, 'exists'],
  [/\bgreatest\(/g, 'least('],
  [/\bleast\(/g, 'greatest('],
  [/\bmin\(/g, 'max('],
  [/\bmax\(/g, 'min('],
  [/\band\b/g, 'or'],
  [/\bor\b/g, 'and'],
  [/(?<!not )\bin \(/g, 'not in ('],
  [/ collate "C"/g, ''],
]

function words(text: string): readonly SqlEdit[] {
  return [
    ...WORDS.flatMap(([pattern, replacement]) =>
      [...text.matchAll(pattern)].map(({ 0: found, index: start }) => ({
        start,
        end: start + found.length,
        replacement,
      })),
    ),
    // What has operators of its own is edited there.
    ...[...text.matchAll(/\bwhen ([\w.\uE000-\uF8FF]+) then\b/g)].map(({ 0: found, 1: condition, index: start }) => ({
      start,
      end: start + found.length,
      replacement: `when not ${condition} then`,
    })),
  ]
}

/** `coalesce(a, b)` becomes `a`, and so does `lower(a)`. */
const callEdits = (text: string): readonly SqlEdit[] =>
  [...text.matchAll(/\b(?:coalesce|lower|nullif)\(/g)].map(({ 0: found, index: start }) => {
    const open = start + found.length - 1
    const { items, end } = listIn(text, open)
    return { start, end, replacement: items[0]! }
  })

/** `(a, b) > (c, d)`: a member is missing on both sides, or two change places. */
function rowComparisons(text: string): readonly SqlEdit[] {
  return [...text.matchAll(/\)\s*(?:[<>]=?|=)\s*\(/g)].flatMap(({ 0: between, index }) => {
    const left = openingOf(text, index)
    const right = index + between.length - 1
    const one = listIn(text, left).items
    const { items: other, end } = listIn(text, right)
    if (one.length < 2 || one.length !== other.length) return []
    return changesOf(one).map((change) => ({
      start: left,
      end,
      replacement: `(${change(one).join(', ')}${between}${change(other).join(', ')})`,
    }))
  })
}

/** A fragment that is a list, as of the columns by which rows are compared. */
function listEdits(text: string): readonly SqlEdit[] {
  if (/\b(select|insert|update|set|where|from|case|with)\b|=/.test(text)) return []
  const items = splitList(text)
  if (items.length < 2 || items.some((item) => item.trim() === '')) return []
  return changesOf(items).map((change) => ({ start: 0, end: text.length, replacement: change(items).join(', ') }))
}

type ListChange = (items: readonly string[]) => readonly string[]

const changesOf = (items: readonly string[]): readonly ListChange[] => [
  ...items.map(
    (_, i): ListChange =>
      (list) =>
        list.toSpliced(i, 1),
  ),
  ...items.slice(1).map(
    (_, i): ListChange =>
      (list) =>
        list.toSpliced(i, 2, list[i + 1]!, list[i]!),
  ),
]

/** The items of a list in parentheses, and where that ends. */
function listIn(text: string, open: number): { readonly items: readonly string[]; readonly end: number } {
  let depth = 0
  for (let i = open; i < text.length; i++) {
    if (text[i] === '(') depth++
    if (text[i] === ')' && --depth === 0) return { items: splitList(text.slice(open + 1, i)), end: i + 1 }
  }
  throw new Error(`A parenthesis is not closed: ${text.slice(open)}`)
}

function openingOf(text: string, close: number): number {
  let depth = 0
  for (let i = close; i >= 0; i--) {
    if (text[i] === ')') depth++
    if (text[i] === '(' && --depth === 0) return i
  }
  throw new Error(`A parenthesis is not opened: ${text.slice(0, close)}`)
}

function splitList(text: string): readonly string[] {
  const items: string[] = []
  let depth = 0
  let start = 0
  for (const [i, character] of [...text].entries()) {
    if (character === '(') depth++
    if (character === ')') depth--
    if (character === ',' && depth === 0) {
      items.push(text.slice(start, i).trim())
      start = i + 1
    }
  }
  return [...items, text.slice(start).trim()]
}
