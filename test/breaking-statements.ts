/** How a migration begins that takes away what nothing uses any more: since which version, so that people can tell. */
const CONTRACTS = /^-- Contracts: \S.*\bsince \d+\.\d+\.\d+\b/

/** What a version that does not know of a migration may stumble over, in a statement on a table that it knows. */
const BREAKING: readonly RegExp[] = [
  /^drop (?!index\b)/,
  /^alter .*\bdrop (?!not null\b|constraint\b)/,
  /\brename\b/,
  // It leaves the column out, or writes what was good enough until now.
  /\badd column(?!.*\bdefault\b).*\bnot null\b/,
  /\bset not null\b/,
  /\badd (?:constraint|check|unique|primary key|foreign key|exclude)\b/,
  /^create unique index\b/,
  /\balter (?:column )?\S+ (?:set data )?type\b/,
  /^create (?:or replace )?(?:trigger|rule|policy)\b/,
  /^create or replace view\b/,
  /^revoke\b/,
]

/**
 * The statements of a migration that would break the version before it, which goes on running while it is applied and
 * after [M7]. What the same migration makes is nobody's yet. Of what was there before it may lock one table only: a
 * worker that has one of two and waits for the other would be in a deadlock with it.
 */
export function breakingStatements(migration: string): readonly string[] {
  if (CONTRACTS.test(migration)) return []
  const made = new Set<string>()
  const locked = new Set<string>()
  return statementsOf(migration)
    .flatMap(clausesOf)
    .filter((clause) => {
      const making = /^create (?:table|view) (?:if not exists )?(\w+)/.exec(clause)
      if (making) made.add(making[1]!)
      const subject = subjectOf(clause)
      if (subject !== undefined && made.has(subject)) return false
      if (subject !== undefined) locked.add(subject)
      const isSecond = subject !== undefined && locked.size > 1
      return isSecond || BREAKING.some((pattern) => pattern.test(withoutParentheses(clause)))
    })
}

/** In lower case, without comments and with texts and functions' bodies emptied: only what is done counts. */
const statementsOf = (migration: string): readonly string[] =>
  migration
    .replaceAll(/--.*$/gm, '')
    .replaceAll(/\/\*[\s\S]*?\*\//g, '')
    .replaceAll(/\$(\w*)\$[\s\S]*?\$\1\$/g, "''")
    .replaceAll(/'(?:[^']|'')*'/g, "''")
    .toLowerCase()
    .split(';')
    .map((statement) => statement.replaceAll(/\s+/g, ' ').trim())
    .filter(Boolean)

/** `alter table a add column b, drop column c` are two; commas within parentheses divide nothing. */
function clausesOf(statement: string): readonly string[] {
  const altered = /^(alter table (?:if exists )?(?:only )?\S+) (.*)$/.exec(statement)
  if (!altered) return [statement]
  let depth = 0
  const divided = [...altered[2]!].map((letter) => {
    if (letter === '(') depth++
    if (letter === ')') depth--
    return letter === ',' && depth === 0 ? ';' : letter
  })
  return divided
    .join('')
    .split(';')
    .map((clause) => `${altered[1]} ${clause.trim()}`)
}

/** What is in them, a condition or a list of columns, may say `not null` and means something else. */
function withoutParentheses(clause: string): string {
  const shorter = clause.replaceAll(/\([^()]*\)/g, '')
  return shorter === clause ? clause : withoutParentheses(shorter)
}

/** The table that is altered or gets an index, or the view that is made. */
const subjectOf = (clause: string): string | undefined =>
  /^(?:alter table|create (?:unique )?index(?: concurrently)?(?: if not exists)?(?: \w+)? on|create (?:or replace )?(?:table|view)) (?:if (?:not )?exists )?(?:only )?(\w+)/.exec(
    clause,
  )?.[1]
