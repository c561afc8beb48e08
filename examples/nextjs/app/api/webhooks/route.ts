import { createWebhookHandler } from '@rollcall/receiver'

// Reads CLERK_WEBHOOK_SIGNING_SECRET and REDIS_URL with its first request, so `next build` needs neither.
export const POST = createWebhookHandler()
