import { inject } from 'vitest'
import type {} from './provided.ts'

/** The Redis that all tests share. What keeps them apart is a queue or prefix of their own, from `uniqueName`. */
export const sharedRedisUrl = (): string => inject('redisUrl')
