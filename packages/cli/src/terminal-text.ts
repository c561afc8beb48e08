import { escaped, escapeUnseen } from '@rollcall/shared/escape-unseen'

/** But for the end of a line. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROLS = /[\x00-\x09\x0b-\x1f]/g

/** But for the colours and weights that `styleText` gives, too. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROLS_BUT_STYLES = /[\x00-\x09\x0b-\x1a\x1c-\x1f]|\x1b(?!\[\d{1,3}m)/g

/** A text as a terminal may have it: whatever an event, an answer or an error said, it moves no cursor and hides nothing. */
export const terminalText = (text: string): string => escapeUnseen(text.replace(CONTROLS, escaped))

/** The same of what has styles of our own, and what it quotes on one line each [L21]. */
export const styledText = (text: string): string => escapeUnseen(text.replace(CONTROLS_BUT_STYLES, escaped))
