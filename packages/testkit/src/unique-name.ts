import { randomBytes } from 'node:crypto'

/** A name that nothing else in this run has, fit for a database, a queue and a directory alike. */
export const uniqueName = (base: string): string => `${base}_${randomBytes(6).toString('hex')}`
