import type { RequestHandler } from 'express'

/** Nothing comes from elsewhere, nothing is inline, and nobody frames it [X7]. */
export const POLICY = {
  'default-src': "'none'",
  'script-src': "'self'",
  'style-src': "'self'",
  'img-src': "'self' data:",
  'connect-src': "'self'",
  'form-action': "'self'",
  'frame-ancestors': "'none'",
  'base-uri': "'none'",
} as const satisfies Readonly<Record<string, string>>

export const policyText = (policy: Readonly<Record<string, string>>): string =>
  Object.entries(policy)
    .map(([directive, sources]) => `${directive} ${sources}`)
    .join('; ')

/** A year, as browsers' preload lists ask for. */
const HSTS = 'max-age=31536000'

export const securityHeaders: RequestHandler = (request, response, next) => {
  response.set({
    'content-security-policy': policyText(POLICY),
    'cache-control': 'no-store',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
    // An address here tells ids, and no other site has to know them.
    'referrer-policy': 'same-origin',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'x-robots-tag': 'noindex',
    ...(request.secure && { 'strict-transport-security': HSTS }),
  })
  next()
}
