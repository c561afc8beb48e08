import { clerkMiddleware, createRouteMatcher } from '@clerk/nextjs/server'

// Svix has no session: a webhook is let in by its signature, which the route checks itself.
const isPublic = createRouteMatcher(['/', '/sign-in(.*)', '/api/webhooks(.*)'])

export default clerkMiddleware(async (auth, request) => {
  if (!isPublic(request)) await auth.protect()
})

export const config = {
  // Everything but Next.js's own files and files with an extension; and always the API.
  matcher: ['/((?!_next|.*\\.\\w+$).*)', '/(api|trpc)(.*)'],
}
