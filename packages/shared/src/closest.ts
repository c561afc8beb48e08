/** The share of a word's letters beyond which another word is not a slip of it. */
const FAR = 0.4

/** The word that was probably meant, or nothing if none is near. */
export function closest(word: string, words: readonly string[]): string | undefined {
  const [nearest] = words
    .map((candidate) => ({ candidate, share: editDistance(word, candidate) / candidate.length }))
    .sort((a, b) => a.share - b.share)
  return nearest && nearest.share <= FAR ? nearest.candidate : undefined
}

/** Levenshtein's distance: how many letters must be added, removed or changed to get from one word to the other. */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, i) => i)
  for (const [i, letter] of [...from].entries()) {
    const next = [i + 1]
    for (let j = 0; j < to.length; j++) {
      next.push(Math.min(row[j]! + Number(letter !== to[j]), row[j + 1]! + 1, next[j]! + 1))
    }
    row = next
  }
  return row[to.length]!
}

/** « Did you mean `x`?», or nothing. Begins with a space, to follow a sentence. */
export function didYouMean(word: string, words: readonly string[]): string {
  const meant = closest(word, words)
  return meant === undefined ? '' : ` Did you mean \`${meant}\`?`
}
