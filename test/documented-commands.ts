import { type Block, codeInProse } from './documented-pages.ts'

/** What is run is written in one of these ways; `rollcall` by itself in a container. */
const CALL = /^(?:[A-Z_]+=\S* )*(?:(?:npx )?pnpm(?:@12)? rollcall|rollcall)(?= |$)/

/** Where a shell begins another command; a word like `exec worker` hands the rest of its line to a container. */
const SEPARATORS = / \| | && | ; |; | -- | exec (?:-T )?worker /

/** `<message id>` stands for one word, and `…` for what is left out. */
const PLACEHOLDER = 'placeholder'
const filledIn = (line: string): string => line.replaceAll(/<[^<>]+>/g, PLACEHOLDER).replaceAll(' …', '')

/** The words of a line as a shell tells them apart; of quotes, pages use the simple ones. */
export const wordsOf = (line: string): readonly string[] =>
  [...line.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(([, double, single, bare]) => double ?? single ?? bare ?? '')

/** The calls of `rollcall` in lines of a shell, each as the words that follow that name. */
const callsIn = (lines: readonly string[]): readonly (readonly string[])[] =>
  lines
    .map((line) => filledIn(line.replace(/(^|\s)#.*$/, '').trim()))
    .flatMap((line) => line.split(SEPARATORS))
    .filter((command) => CALL.test(command.trim()))
    .map((command) => wordsOf(command.trim().replace(CALL, '')))

/** A line may go on in the next. */
const linesOf = ({ source }: Block): readonly string[] => source.replaceAll(/\\\n\s*/g, ' ').split('\n')

export const callsOf = (block: Block): readonly (readonly string[])[] => callsIn(linesOf(block))

/** What stands in sentences: `rollcall replay` and the like; the name alone is the product's, and `rollcall <command>` any. */
export const callsInProse = (page: string): readonly (readonly string[])[] =>
  callsIn(codeInProse(page)).filter(([name]) => name !== undefined && name !== PLACEHOLDER)

/** The scripts of package.json that a block runs, as `pnpm docs`. */
export const scriptsOf = (block: Block): readonly string[] =>
  linesOf(block).flatMap(
    (line) => /^(?:[A-Z_]+=\S* )*(?:npx )?pnpm(?:@12)?(?: --\w+)* (\w[\w:-]*)/.exec(line)?.[1] ?? [],
  )

/** The block as a shell would read it. */
export const scriptOf = (block: Block): string => filledIn(block.source)
