import { deliveryOf } from '@rollcall/testkit/deliveries'
import { describe, expect, test } from 'vitest'
import { createShardOf, shardOf, shardPrefix } from './shards.ts'

const about = (id: string, messageId = 'msg_1') => deliveryOf({ type: 'user.updated', data: { id } }, { messageId })

describe('the shard of a delivery', () => {
  test('[Q30] is the same for all events of an entity, whatever else they say', () => {
    const deliveries = ['user.created', 'user.updated', 'user.deleted'].map((type, i) =>
      deliveryOf({ data: { object: 'user', id: 'user_1' }, type }, { messageId: `msg_${i}` }),
    )
    expect(new Set(deliveries.map((delivery) => shardOf(delivery, 64))).size).toBe(1)
  })

  test('[Q30] is one of those there are, and each gets its share', () => {
    const counts = Array.from({ length: 8 }, () => 0)
    for (let i = 0; i < 8_000; i++) counts[shardOf(about(`user_${i}`), 8)]!++
    expect(Math.min(...counts)).toBeGreaterThan(900)
    expect(Math.max(...counts)).toBeLessThan(1_100)
  })

  test('[Q30] [R5] goes by the message where the body tells of no entity', () => {
    const bodies = ['', 'no JSON', 'null', '[]', '{}', '{"data":null}', '{"data":{"id":7}}', '{"data":{"id":""}}']
    for (const body of [...bodies, `${'['.repeat(400_000)}`]) {
      const of = (messageId: string) => shardOf({ ...deliveryOf({}, { messageId }), body, encoding: 'utf8' }, 64)
      expect(of('msg_1')).toBe(of('msg_1'))
      expect(new Set(['msg_1', 'msg_2', 'msg_3', 'msg_4'].map(of)).size).toBeGreaterThan(1)
    }
  })

  test('[R6] of a single shard is told without a look at the body', () => {
    const unread = { ...deliveryOf({}), get body(): string { throw new Error('read') } } // biome-ignore format: one idea
    expect(createShardOf(1)(unread)).toBe(0)
  })

  test('[Q30] has keys in one slot, of which no other queue knows', () => {
    const prefixes = Array.from({ length: 64 }, (_, shard) => shardPrefix('rollcall', shard))
    expect(prefixes.slice(0, 2)).toEqual(['{rollcall}', '{rollcall.1}'])
    expect(new Set(prefixes).size).toBe(64)
  })
})
