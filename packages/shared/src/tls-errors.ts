/** What can be wrong between us and a server that is to speak TLS. */
type Problem = 'untrusted' | 'other_name' | 'expired' | 'not_yet_valid' | 'revoked' | 'no_tls' | 'refuses_us'

/** OpenSSL's codes for a certificate that it does not accept, as Node passes them on, and Node's own. */
const BY_CODE: Readonly<Record<string, Problem>> = {
  SELF_SIGNED_CERT_IN_CHAIN: 'untrusted',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'untrusted',
  UNABLE_TO_GET_ISSUER_CERT: 'untrusted',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'untrusted',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'untrusted',
  CERT_SIGNATURE_FAILURE: 'untrusted',
  CERT_UNTRUSTED: 'untrusted',
  CERT_REJECTED: 'untrusted',
  INVALID_CA: 'untrusted',
  INVALID_PURPOSE: 'untrusted',
  ERR_TLS_CERT_ALTNAME_INVALID: 'other_name',
  HOSTNAME_MISMATCH: 'other_name',
  CERT_HAS_EXPIRED: 'expired',
  CERT_NOT_YET_VALID: 'not_yet_valid',
  CERT_REVOKED: 'revoked',
  ERR_SSL_WRONG_VERSION_NUMBER: 'no_tls',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'no_tls',
}

/** What the other side tells before it hangs up, in whichever version of TLS: codes are `ERR_SSL_<version>_ALERT_<what>`. */
const REFUSES_US =
  /_ALERT_(CERTIFICATE_REQUIRED|UNKNOWN_CA|(BAD|NO|UNSUPPORTED)_CERTIFICATE|CERTIFICATE_(EXPIRED|REVOKED|UNKNOWN)|HANDSHAKE_FAILURE|ACCESS_DENIED)$/

/** A Postgres that answers "no" to the request for TLS: `pg` gives this no code. */
const PG_WITHOUT_TLS = 'The server does not support SSL connections'

/** What is wrong, and what to do about it. */
const SENTENCES: Readonly<Record<Problem, (variable: string) => string>> = {
  untrusted: (variable) =>
    `The server of ${variable} shows a certificate that no authority trusted here has signed. Let \`sslrootcert\` in ${variable} name the file of the authority that did.`,
  other_name: (variable) =>
    `The server of ${variable} shows a certificate for another host. Write the host in ${variable} as the certificate names it, or have one issued for this name.`,
  expired: (variable) => `The certificate of the server of ${variable} has expired. Have it renewed.`,
  not_yet_valid: (variable) =>
    `The certificate of the server of ${variable} is not valid yet. Look at the clocks of both machines.`,
  revoked: (variable) => `The certificate of the server of ${variable} has been revoked. Have another issued.`,
  no_tls: (variable) =>
    `The server of ${variable} does not speak TLS, which ${variable} asks for. Turn it on there, or correct the address.`,
  refuses_us: (variable) =>
    `The server of ${variable} refuses us for want of a certificate that it trusts. Let \`sslcert\` and \`sslkey\` in ${variable} name one.`,
}

/**
 * Why a connection over TLS to the server that a variable names cannot be had, as a sentence that says what to do [I43].
 * Nothing where TLS is not the reason. The error is as `pg` or `ioredis` throws it.
 */
export function tlsProblem(error: unknown, variable: 'DATABASE_URL' | 'REDIS_URL'): string | undefined {
  if (!(error instanceof Error)) return undefined
  const problem = problemOf(error)
  return problem && SENTENCES[problem](variable)
}

function problemOf(error: Error): Problem | undefined {
  const { code } = error as { code?: unknown }
  if (typeof code !== 'string') return error.message === PG_WITHOUT_TLS ? 'no_tls' : undefined
  if (Object.hasOwn(BY_CODE, code)) return BY_CODE[code]
  return REFUSES_US.test(code) ? 'refuses_us' : undefined
}
