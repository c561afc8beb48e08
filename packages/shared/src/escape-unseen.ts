/**
 * What nobody sees and terminals heed, or programs that read lines: DEL and the controls after it (U+009B begins what moves the
 * cursor), the separators of lines and paragraphs, and what turns text round that runs from right to left.
 */
const UNSEEN = /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g

/**
 * Writes them as JSON has them, `\u202e`: within JSON they mean the same, elsewhere they can be seen. The controls before the
 * space JSON never holds as they are.
 */
export const escapeUnseen = (text: string): string => text.replace(UNSEEN, escaped)

export const escaped = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
