import { isJsonObject, type Json } from '@rollcall/shared/json'
import { MASK, maskText } from './mask-text.ts'

/** Words of a field's name of which each says that it holds something that opens a door. */
const SECRET_WORDS = new Set(
  'otp totp code codes token tokens secret secrets password passwords passwd passcode passphrase pin ticket tickets jwt authorization cookie cookies nonce signature credential credentials apikey digest hash hasher'.split(
    ' ',
  ),
)

/** Fields that hold whole messages, with the codes and links that they were sent for, and what is private by its name. */
const SECRET_FIELDS = new Set(
  'api_key private_key secret_key signing_key private_metadata subject body body_plain body_html html text message'.split(
    ' ',
  ),
)

/** What such a word is said of, rather than what it is: `password_enabled`, `nonce_expires_at`. */
const ABOUT = new Set('at enabled remaining seconds type strategy status count verified required length'.split(' '))

/** Codes that say what happened, or where somebody lives. */
const HARMLESS = new Set(
  'decline_code error_code failure_code status_code country_code currency_code postal_code'.split(' '),
)
const ERRORS = new Set(['error', 'errors', 'failed_reason'])

/** `otpCode`, `otp-code` and `OTP_CODE` as `otp_code`. */
const plainName = (name: string): string =>
  name
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replaceAll(/[\s.-]+/g, '_')
    .toLowerCase()

/** Whether a field's name says that its value is nobody's business, in the field that holds it. */
export function isSecretField(name: string, holder: string): boolean {
  const plain = plainName(name)
  if (SECRET_FIELDS.has(plain)) return true
  if (HARMLESS.has(plain) || (plain === 'code' && ERRORS.has(plainName(holder)))) return false
  const words = plain.split('_')
  return words.some((word) => SECRET_WORDS.has(word)) && !ABOUT.has(words.at(-1)!)
}

/** `true`, null and what is empty tell nothing. */
const tells = (value: Json | undefined): boolean =>
  typeof value === 'string'
    ? value !== ''
    : typeof value === 'object' && value !== null
      ? Object.keys(value).length > 0
      : typeof value === 'number'

/**
 * A body, a row or a part of either without what opens doors: codes, tokens, passwords, links with tickets in them, the
 * messages that carry those, and private metadata [X8]. What people need to understand an event stays: ids, addresses,
 * names, times, states.
 */
export function mask(value: Json, holder = ''): Json {
  if (typeof value === 'string') return maskText(value)
  if (Array.isArray(value)) return value.map((item: Json) => mask(item, holder))
  if (!isJsonObject(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, held]) => [
      name,
      isSecretField(name, holder) && tells(held) ? MASK : held === undefined ? held : mask(held, name),
    ]),
  )
}
