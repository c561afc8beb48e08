/**
 * Base64 behind the prefix that Svix gives its secrets, whole: `standardwebhooks` takes some secrets that were cut off
 * while they were copied for others, and throws at the rest.
 */
export const SECRET = /^whsec_([A-Za-z0-9+/]{4})+([A-Za-z0-9+/]{2}(==)?|[A-Za-z0-9+/]{3}=?)?$/

/** What Clerk calls its keys; a publishable key (`pk_…`) in its place is the usual slip. */
export const SECRET_KEY = /^sk_(live|test)_[\w.~-]+$/

export const PUBLISHABLE_KEY = /^pk_(live|test)_[A-Za-z0-9+/]+={0,2}$/
