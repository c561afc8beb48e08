import { inspect } from 'node:util'
import { expect, test } from 'vitest'
import { ConfigError, loadConfig } from './config.ts'
import { encryptionKeys } from './encryption-keys.ts'
import { variables } from './variables.ts'

const BYTES = Buffer.from('0123456789abcdefghijklmnopqrstuv')

test.each(['hex', 'base64', 'base64url'] as const)('[Q42] a key in %s is its 32 bytes', (encoding) => {
  const [key] = encryptionKeys([BYTES.toString(encoding)])!
  expect(key!.export().equals(BYTES)).toBe(true)
})

test('[C1] a key is shown to nobody who prints the configuration, and a wrong one to nobody who reads what is wrong', () => {
  const { QUEUE_ENCRYPTION_KEY } = variables
  const read = (written: string) => loadConfig({ QUEUE_ENCRYPTION_KEY }, { QUEUE_ENCRYPTION_KEY: written })
  const config = read(BYTES.toString('hex'))
  const printed = `${inspect(config, { depth: 9, showHidden: true })} ${JSON.stringify(config)}`
  for (const encoding of ['hex', 'base64', 'latin1'] as const) {
    expect(printed).not.toContain(BYTES.toString(encoding).slice(0, 8))
  }

  const wrong = 'a pass phrase that somebody made up'
  expect(() => read(wrong)).toThrow(ConfigError)
  expect(() => read(wrong)).toThrow(
    /QUEUE_ENCRYPTION_KEY: must be one or more keys of 32 bytes .* `openssl rand -base64 32`/,
  )
  expect(() => read(wrong)).not.toThrow(/phrase/)
})
