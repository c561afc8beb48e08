import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { readRedisAddress, redisUrlProblem, splitRedisUrl } from './redis-address.ts'

const read = (text: string) => readRedisAddress(splitRedisUrl(text))
const open = { username: undefined, password: undefined, family: undefined, tls: undefined }
const a = { host: 'a', port: 6379 }

describe('readRedisAddress', () => {
  const good = {
    'redis://a': { kind: 'single', url: 'redis://a:6379/', nodes: [a], tls: undefined },
    'redis://user:p%40ss%2C@a:1/2?family=6': {
      url: 'redis://user:p%40ss%2C@a:1/2?family=6',
      nodes: [{ ...a, port: 1 }],
    },
    'redis://:pass@[::1]:7': { url: 'redis://:pass@[::1]:7/', nodes: [{ host: '::1', port: 7 }] },
    'rediss://a?sslrootcert=/ca.pem&family=4': {
      url: 'rediss://a:6379/?family=4',
      tls: new URLSearchParams('sslrootcert=/ca.pem&family=4'),
    },
    ' redis://a , redis://b:2/0\nredis://c ': {
      kind: 'cluster',
      nodes: [a, { host: 'b', port: 2 }, { host: 'c', port: 6379 }],
      ...open,
    },
    'redis+cluster://a': { kind: 'cluster', nodes: [a], ...open },
    'rediss://u:p@a?sslcert=/c&sslkey=/k,rediss://b': {
      kind: 'cluster',
      username: 'u',
      password: 'p',
      tls: new URLSearchParams('sslcert=/c&sslkey=/k'),
    },
    'redis+sentinel://a,b:2/main': {
      kind: 'sentinel',
      nodes: [
        { host: 'a', port: 26379 },
        { host: 'b', port: 2 },
      ],
      master: 'main',
      database: 0,
      ...open,
    },
    'rediss+sentinel://u:p%2F@a:1/my-main?db=3&sentinelUsername=s&sentinelPassword=q%26&family=6&sslrootcert=/ca': {
      master: 'my-main',
      database: 3,
      username: 'u',
      password: 'p/',
      sentinelUsername: 's',
      sentinelPassword: 'q&',
      family: 6,
      tls: expect.any(URLSearchParams),
    },
  }
  test.each(Object.entries(good))('[Q20] reads %s', (text, expected) => {
    expect(redisUrlProblem(splitRedisUrl(text.replace(/\?ssl.*|&ssl.*/, '')))).toBeUndefined()
    expect(read(text)).toMatchObject(expected)
  })

  const bad = {
    ',': 'must be one redis://',
    'localhost:6379': 'must be one redis://',
    'http://hidden@a': 'must be one redis://',
    'redis://': 'must be one redis://',
    'redis://:hidden@': 'must be one redis://',
    'redis://a:hidden': 'must be one redis://',
    'redis+cluster://a,b': 'must be one redis://',
    'redis+unix://a': 'must be one redis://',
    'redis://a,rediss://b': 'must have the same scheme in all its URLs',
    'redis+sentinel://a,redis://b/main': 'must name the master that',
    'redis://a redis+sentinel://b/main': 'must have the same scheme in all its URLs',
    'redis+sentinel://:hidden@a,b': 'must name the master that the Sentinels watch',
    'redis+sentinel:///main': 'must be one redis://',
    'redis+sentinel://a/main?db=x': 'must name a database by its number',
    'redis+sentinel://a/main?sentinelpassword=hidden': 'has a parameter that redis+sentinel:// does not know',
    'redis+cluster://a/1': 'must not name a database',
    'redis://a,redis://b/1': 'must not name a database',
    'rediss+cluster://a?sslrootcrt=/hidden': 'has a parameter that rediss+cluster:// does not know',
    'redis://a/hidden': 'must name a database by its number',
    'redis://:hidden%zz@a': 'must be percent-encoded',
    'redis://a?sslrootcert=/ca.pem': 'has sslrootcert, sslcert or sslkey, but no TLS: write rediss://',
    'redis+cluster://a?sslcert=/c': 'has sslrootcert, sslcert or sslkey, but no TLS: write rediss+cluster://',
    'rediss://a?sslcert=/hidden.pem': 'must have both of sslcert and sslkey, or neither',
    'rediss+sentinel://a/main?sslrootcert=/nowhere.pem': 'names in sslrootcert a file that cannot be read (ENOENT)',
  }
  test.each(Object.entries(bad))('[Q21] refuses %s in words that quote nothing secret', (text, problem) => {
    const found = redisUrlProblem(splitRedisUrl(text))
    expect(found).toContain(problem)
    expect(found).not.toContain('hidden')
  })

  test('[Q21] an error holds nothing of the URL, whichever way it is printed', () => {
    const refused = () => readRedisAddress(['redis://user:hidden%zz@a'])
    expect(refused).toThrow('percent-encoded')
    try {
      refused()
    } catch (error) {
      expect(inspect(error, { depth: 9 })).not.toContain('hidden')
    }
  })
})
