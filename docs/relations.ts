/** A table or view as migrations make it, with its comments. */
export interface Relation {
  comment: string
  readonly columns: Column[]
}

interface Column {
  readonly name: string
  readonly type: string
  comment: string
}

/**
 * The tables and views that migrations, run in this order, would leave. It knows what our own migrations say and no more; a
 * test holds it to a database in which they were run.
 */
export function relationsOf(migrations: readonly string[]): ReadonlyMap<string, Relation> {
  const relations = new Map<string, Relation>()
  for (const statement of migrations.flatMap(statementsOf)) {
    const created = /^create table (\w+) \(\n(.*)\n\)$/s.exec(statement)
    if (created) relations.set(created[1]!, { comment: '', columns: columnsOf(created[2]!.split('\n')) })
    const viewed = /^create view (\w+) as/.exec(statement)
    if (viewed) relations.set(viewed[1]!, { comment: '', columns: [] })
    const altered = /^alter table (\w+)\n(.*)$/s.exec(statement)
    if (altered) relations.get(altered[1]!)!.columns.push(...columnsOf(addedIn(altered[2]!)))
    comment(relations, statement)
  }
  return relations
}

/** No text in our migrations has a semicolon at the end of a line. */
const statementsOf = (migration: string): readonly string[] =>
  migration
    .replaceAll(/^--.*\n/gm, '')
    .split(/;\n/)
    .map((statement) => statement.trim())

const addedIn = (text: string): readonly string[] =>
  [...text.matchAll(/^ *add column (.*)$/gm)].map(([, column]) => column!)

const TYPE = /^\s*(\w+) +(bigint|boolean|integer|jsonb|numeric|text\[\]|text|timestamptz)(?=[ ,]|$)/

const columnsOf = (lines: readonly string[]): Column[] =>
  lines.flatMap((line) => {
    const match = TYPE.exec(line)
    return match ? [{ name: match[1]!, type: match[2]!, comment: '' }] : []
  })

function comment(relations: ReadonlyMap<string, Relation>, statement: string): void {
  const match = /^comment on (?:table|view|column) (\w+)(?:\.(\w+))? is '(.*)'$/s.exec(statement)
  if (!match) return
  const [, name, column, text] = match
  const relation = relations.get(name!)
  const commented = column === undefined ? relation : relation?.columns.find((each) => each.name === column)
  if (commented) commented.comment = text!.replaceAll("''", "'").replaceAll('|', '\\|')
}
