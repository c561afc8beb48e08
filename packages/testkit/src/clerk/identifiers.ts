import { seededRandom } from './random.ts'

/** Makes an id that was never made before, in the form of Clerk's: `user_` and 27 letters and digits. */
export type NewId = (prefix: string) => string

const LETTERS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

/** Enough for 218 trillion ids; the letters before them only scatter. */
const COUNTER_LENGTH = 8
const SCATTERED_LENGTH = 27 - COUNTER_LENGTH

/**
 * Ids that a counter makes unique and the seed reproducible. They do not sort by age: Clerk's do so by the second only, and
 * whoever takes the order of ids for the order of events is to be found out.
 */
export function createIdentifiers(seed = 1): NewId {
  const random = seededRandom(seed)
  let made = 0
  return (prefix) => {
    let scattered = ''
    for (let i = 0; i < SCATTERED_LENGTH; i++) scattered += LETTERS[Math.floor(random() * LETTERS.length)]
    return `${prefix}_${scattered}${inLetters(made++)}`
  }
}

function inLetters(count: number): string {
  let text = ''
  for (let rest = count; text.length < COUNTER_LENGTH; rest = Math.floor(rest / LETTERS.length)) {
    text = LETTERS[rest % LETTERS.length] + text
  }
  return text
}
