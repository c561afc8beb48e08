import { startGuideApp } from './guide-app.ts'

/** Verifies, and does nothing: what Express and Clerk's verifier alone cost. */
startGuideApp(async () => {})
