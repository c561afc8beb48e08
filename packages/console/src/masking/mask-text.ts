/** What stands for a value that nobody has to see. */
export const MASK = '••••••'

/** Signed tokens, and keys of Clerk's, Svix's and others' making, wherever they stand. */
const TOKENS = [
  /\beyJ[\w-]{8,}\.[\w-]+(\.[\w-]*)*/g,
  /\b(sk|rk|ak|whsec|ghp|xox[abp])_?(live|test)?_[\w+/=-]{12,}/g,
  /\b(bearer|basic)\s+[\w.~+/=-]{8,}/gi,
]

const LINK = /\bhttps?:\/\/[^\s"'<>]+/gi

/** Longer than any word that somebody chose, and as long as tickets are. */
const MOST_PATH_LENGTH = 31

/** A text without the tokens in it. Of links the place stays, and what they carry goes [X8]. */
export function maskText(text: string): string {
  const withoutTokens = TOKENS.reduce((masked, pattern) => masked.replaceAll(pattern, MASK), text)
  return withoutTokens.replaceAll(LINK, maskLink)
}

function maskLink(link: string): string {
  const [, scheme = '', account = '', place = '', carried = ''] =
    /^(https?:\/\/)([^/?#]*@)?([^?#]*)(.*)$/i.exec(link) ?? []
  const path = place
    .split('/')
    .map((part, i) => (i > 0 && part.length > MOST_PATH_LENGTH ? MASK : part))
    .join('/')
  return `${scheme}${account && `${MASK}@`}${path}${carried.length > 1 ? `${carried[0]}${MASK}` : carried}`
}

/** The same in every text that a value of JSON holds. */
export function maskTexts(value: unknown): unknown {
  if (typeof value === 'string') return maskText(value)
  if (Array.isArray(value)) return value.map(maskTexts)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, held]) => [name, maskTexts(held)]))
}
