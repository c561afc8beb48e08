import { z } from 'zod'

// What several variables are.

export const milliseconds = (fallback: number) => z.coerce.number().int().positive().default(fallback)

export const port = z.coerce.number().int().min(0).max(65_535)

/** Separated by commas or spaces. */
export const listOf = (value: string): readonly string[] => value.split(/[\s,]+/).filter(Boolean)
