import { setFlagsFromString } from 'node:v8'

/**
 * Lets garbage be collected when it is so many percent of what is in use. V8 waits for about three times as much unless
 * told otherwise, on a machine that has it.
 */
export const keepHeapSmall = (growingPercent: number): void =>
  setFlagsFromString(`--heap-growing-percent=${growingPercent}`)

/**
 * Keeps the part of the heap for what is new as large as it is now. V8 doubles it under load, up to 64 MB and more; a
 * process that holds nothing for long gains nothing by that.
 */
export const keepYoungGeneration = (): void => setFlagsFromString('--semi-space-growth-factor=1')
