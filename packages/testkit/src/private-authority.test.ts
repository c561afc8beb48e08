import { X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { expect, inject, test } from 'vitest'
import { createAuthority } from './private-authority.ts'
import { uniqueName } from './unique-name.ts'

const read = async (path: string) => new X509Certificate(await readFile(path))

test('what it has signed is good for localhost, and known by its own certificate only', async () => {
  const { directory } = inject('testRun')
  const [authority, other] = await Promise.all([
    createAuthority(`${directory}/${uniqueName('authority')}`),
    createAuthority(`${directory}/${uniqueName('authority')}`),
  ])
  const { cert } = await authority.issue('server')
  const certificate = await read(cert)
  expect(certificate.checkHost('localhost')).toBe('localhost')
  expect(certificate.checkIP('127.0.0.1')).toBe('127.0.0.1')
  expect(certificate.verify((await read(authority.ca)).publicKey)).toBe(true)
  expect(certificate.verify((await read(other.ca)).publicKey)).toBe(false)
})
