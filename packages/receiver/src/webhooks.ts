// What `@rollcall/receiver` is to an app.
export type { WebhookOptions } from './mounted-receiver.ts'
export { createWebhookHandler, type WebhookHandler } from './webhook-handler.ts'
export { type WebhookRouter, webhookRouter } from './webhook-router.ts'
