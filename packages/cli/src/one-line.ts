import { escapeUnseen } from '@rollcall/shared/escape-unseen'

/** A text that may hold anything, such as an error that quotes an event, without what would move the cursor. */
export const oneLine = (text: string): string => escapeUnseen(text.replace(/[\p{Cc}\s]+/gu, ' '))
