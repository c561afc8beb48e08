import { listOf } from '@rollcall/clerk/lists'
import type { Catalog, MirroredResource } from '@rollcall/resources/catalog'
import { didYouMean } from '@rollcall/shared/closest'
import { UsageError } from '../command.ts'

/** Owners first, so that what belongs to them finds them; the rest in the order of their tables. */
const FIRST = ['user', 'organization']

/**
 * The resources that are meant by these words, by their names or their tables'; all that are mirrored and that Clerk
 * lists, where there are none. In the order in which they are read. Throws a `UsageError`.
 */
export function listedResources(catalog: Catalog, words: readonly string[]): readonly MirroredResource[] {
  const meant = words.length === 0 ? catalog.mirrored.filter(isListed) : words.map((word) => named(catalog, word))
  return [...new Set(meant)].sort((one, other) => place(one) - place(other))
}

const isListed = ({ name }: { readonly name: string }): boolean => listOf(name) !== undefined

const place = ({ name }: MirroredResource): number => (FIRST.includes(name) ? FIRST.indexOf(name) : FIRST.length)

function named(catalog: Catalog, word: string): MirroredResource {
  const resource = catalog.all.find(({ name, table }) => name === word || table === word)
  if (!resource) {
    const known = catalog.all.filter(isListed).map(({ name }) => name)
    throw new UsageError(
      `There is no resource \`${word}\`.${didYouMean(word, known) || ` There are: ${known.join(', ')}.`}`,
    )
  }
  if (!isListed(resource)) {
    throw new UsageError(`Clerk has no list of \`${resource.table}\`: their rows come from webhooks alone.`)
  }
  const mirrored = catalog.mirroredNamed(resource.name)
  if (!mirrored) {
    throw new UsageError(
      `\`${resource.name}\` is not mirrored. Switch it on in rollcall.config.ts, then run \`pnpm rollcall migrate\`.`,
    )
  }
  return mirrored
}
