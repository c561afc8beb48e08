import { parseAst } from 'vitest/node'
import { type Edit, type Mutant, mutantOf } from './mutant.ts'
import { sqlEdits } from './sql-edits.ts'

/** A node of the syntax tree, as far as it is looked at. */
interface Node {
  readonly type: string
  readonly start: number
  readonly end: number
  readonly [field: string]: unknown
}

/** Every way to change one comparison of a file, in TypeScript or in the SQL within it. */
export function findMutants(file: string, text: string): readonly Mutant[] {
  const edits: Edit[] = []
  visit(parseAst(text, { lang: 'ts' }) as unknown as Node, (node) => edits.push(...editsOf(node, text)))
  const mutants = edits.toSorted((one, other) => one.start - other.start).map((edit) => mutantOf(file, text, edit))
  return [...new Map(mutants.map((mutant) => [mutant.text, mutant])).values()]
}

function visit(value: unknown, look: (node: Node) => void): void {
  if (Array.isArray(value)) for (const each of value) visit(each, look)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return
  if (typeof (value as Partial<Node>).type === 'string') look(value as Node)
  for (const each of Object.values(value)) visit(each, look)
}

const OPERATORS: Readonly<Record<string, readonly string[]>> = {
  '<': ['<=', '>'],
  '>': ['>=', '<'],
  '<=': ['<', '>'],
  '>=': ['>', '<'],
  '===': ['!=='],
  '!==': ['==='],
  '&&': ['||'],
  '||': ['&&'],
}

/** What a condition is made of that is edited by itself. */
const EDITED_BY_THEMSELVES = ['BinaryExpression', 'LogicalExpression', 'UnaryExpression']

function editsOf(node: Node, text: string): readonly Edit[] {
  const part = (field: string) => node[field] as Node
  const source = ({ start, end }: Node) => text.slice(start, end)
  switch (node.type) {
    case 'BinaryExpression':
    case 'LogicalExpression': {
      if (node.operator === '??') return [{ ...rangeOf(node), replacement: `(${source(part('left'))})` }]
      const [left, right] = [source(part('left')), source(part('right'))]
      return (OPERATORS[node.operator as string] ?? []).map((operator) => ({
        ...rangeOf(node),
        replacement: `${left} ${operator} ${right}`,
      }))
    }
    case 'UnaryExpression':
      return node.operator === '!' ? [{ ...rangeOf(node), replacement: source(part('argument')) }] : []
    case 'ConditionalExpression':
    case 'IfStatement': {
      const test = part('test')
      if (EDITED_BY_THEMSELVES.includes(test.type)) return []
      return [{ ...rangeOf(test), replacement: `!(${source(test)})` }]
    }
    case 'CallExpression': {
      const callee = part('callee')
      const property = callee.property as Node | undefined
      if (callee.type !== 'MemberExpression' || property?.name !== 'filter') return []
      return [{ start: (callee.object as Node).end, end: node.end, replacement: '' }]
    }
    case 'ArrowFunctionExpression':
      return part('body').type === 'ArrayExpression' ? tupleEdits(part('body'), source) : []
    case 'TaggedTemplateExpression':
      return (node.tag as Node).name === 'sql' ? templateEdits(part('quasi'), text) : []
    default:
      return []
  }
}

const rangeOf = ({ start, end }: Node) => ({ start, end })

/** Of a tuple that a function answers, a member is missing, or two change places. */
function tupleEdits(tuple: Node, source: (node: Node) => string): readonly Edit[] {
  const members = tuple.elements as readonly Node[]
  if (members.length < 3 || members.some(({ type }) => type === 'SpreadElement')) return []
  const texts = members.map(source)
  const lists = [
    ...texts.map((_, i) => texts.toSpliced(i, 1)),
    ...texts.slice(1).map((_, i) => texts.toSpliced(i, 2, texts[i + 1]!, texts[i]!)),
  ]
  return lists.map((list) => ({ ...rangeOf(tuple), replacement: `[${list.join(', ')}]` }))
}

/** Where the characters begin that stand for what is put in. */
const FIRST = 0xe000

/** Edits of the SQL in a template; what is put in stays as it is written. */
function templateEdits(template: Node, text: string): readonly Edit[] {
  const quasis = template.quasis as readonly (Node & { readonly value: { readonly raw: string } })[]
  const holes = quasis.slice(1).map((quasi, i) => {
    const opening = text.lastIndexOf('${', (template.expressions as readonly Node[])[i]!.start)
    return text.slice(opening, text.indexOf('}', (template.expressions as readonly Node[])[i]!.end) + 1) || quasi.type
  })
  const flat = quasis
    .map(({ value }, i) => value.raw + (i < holes.length ? String.fromCharCode(FIRST + i) : ''))
    .join('')
  const written = (sql: string) =>
    sql.replaceAll(/[\uE000-\uF8FF]/g, (character) => holes[character.charCodeAt(0) - FIRST]!)
  const first = template.start + 1
  if (written(flat) !== text.slice(first, template.end - 1)) throw new Error(`A template is not understood: ${flat}`)
  return sqlEdits(flat).map(({ start, end, replacement }) => ({
    start: first + written(flat.slice(0, start)).length,
    end: first + written(flat.slice(0, end)).length,
    replacement: written(replacement),
  }))
}
