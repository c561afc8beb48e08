import { expect, test } from 'vitest'
import { tlsProblem } from './tls-errors.ts'

const failure = (code: string | undefined, message = 'secret') =>
  Object.assign(new Error(message), code !== undefined && { code })

test('[I43] each failure of TLS is told as what is wrong and what to do, and what is none is not', () => {
  const sentences: Readonly<Record<string, string>> = {
    SELF_SIGNED_CERT_IN_CHAIN: 'Let `sslrootcert` in DATABASE_URL name',
    UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'Let `sslrootcert` in DATABASE_URL name',
    ERR_TLS_CERT_ALTNAME_INVALID: 'a certificate for another host',
    CERT_HAS_EXPIRED: 'has expired. Have it renewed',
    CERT_NOT_YET_VALID: 'Look at the clocks',
    ERR_SSL_WRONG_VERSION_NUMBER: 'does not speak TLS',
    ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: 'Let `sslcert` and `sslkey` in DATABASE_URL name',
    ERR_SSL_TLSV1_ALERT_UNKNOWN_CA: 'Let `sslcert` and `sslkey` in DATABASE_URL name',
  }
  for (const [code, sentence] of Object.entries(sentences)) {
    expect(tlsProblem(failure(code), 'DATABASE_URL')).toContain(sentence)
    expect(tlsProblem(failure(code), 'DATABASE_URL')).not.toContain('secret')
    expect(tlsProblem(failure(code), 'REDIS_URL')).toContain('REDIS_URL')
  }
  for (const other of [failure('ECONNREFUSED'), failure(undefined), failure('28P01'), 'text', undefined]) {
    expect(tlsProblem(other, 'DATABASE_URL')).toBeUndefined()
  }
})
