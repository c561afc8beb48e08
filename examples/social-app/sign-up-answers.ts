/** What the sign-up form asks besides what Clerk asks: it hands it to Clerk as `unsafeMetadata`. */
export interface SignUpAnswers {
  readonly birthday: string | null
  readonly country: string | null
}

const DATE = /^(19|20)\d\d-\d\d-\d\d$/
const COUNTRY = /^[A-Z]{2}$/

/**
 * Reads the answers. The browser may write anything into `unsafe_metadata`, hence the name. What is not what it should be
 * is not taken: an insert that Postgres refuses would fail ten times, and somebody would have to look at it.
 */
export function signUpAnswers(metadata: unknown): SignUpAnswers {
  const { birthday, country } = (metadata ?? {}) as Readonly<Record<string, unknown>>
  return { birthday: isDate(birthday) ? birthday : null, country: isCountry(country) ? country : null }
}

/** A day that there is: `2001-02-30` parses as one in March. */
function isDate(value: unknown): value is string {
  if (typeof value !== 'string' || !DATE.test(value)) return false
  const date = new Date(`${value}T00:00:00Z`)
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(value)
}

const isCountry = (value: unknown): value is string => typeof value === 'string' && COUNTRY.test(value)
