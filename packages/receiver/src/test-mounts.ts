import { once } from 'node:events'
import { createServer } from 'node:http'
import { closeServer, portOf } from '@rollcall/shared/ops-server'
import type { SignedRequest } from '@rollcall/testkit/svix'
import express, { type Express } from 'express'
import type { WebhookOptions } from './mounted-receiver.ts'
import { createWebhookHandler, webhookRouter } from './webhooks.ts'

/** What an app takes webhooks with, however it has mounted it. */
export interface Mount extends AsyncDisposable {
  send(request: Partial<SignedRequest> & { readonly method?: string }): Promise<Response>
}

export const MOUNTS: Readonly<Record<string, (options: WebhookOptions) => Promise<Mount>>> = {
  'a router under a path': (options) => mountExpress(options, (app, router) => app.use('/api/webhooks', router)),
  'a router for the whole app': (options) => mountExpress(options, (app, router) => app.use(router)),
  'a route of its own name': (options) => mountExpress(options, (app, router) => app.all('/api/webhooks', router)),
  'a router behind express.raw': (options) =>
    mountExpress(options, (app, router) => app.use('/api', express.raw({ type: '*/*', limit: '2mb' }), router)),
  async 'a fetch handler'(options) {
    const handler = createWebhookHandler(options)
    return {
      send: async ({ method = 'POST', headers = {}, body }) =>
        handler(
          new Request('https://app.example.com/api/webhooks', { method, headers, ...(body !== undefined && { body }) }),
        ),
      [Symbol.asyncDispose]: () => handler.close(),
    }
  },
}

/** An app that answers 404 with its own words to whatever it does not know. */
export async function mountExpress(
  options: WebhookOptions,
  mount: (app: Express, router: ReturnType<typeof webhookRouter>) => unknown,
): Promise<Mount & { readonly url: string }> {
  const router = webhookRouter(options)
  const app = express()
  mount(app, router)
  app.use((_request, response) => void response.status(404).send('of the app'))
  const server = createServer(app).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${portOf(server)}`
  return {
    url,
    send: ({ method = 'POST', headers = {}, body }) =>
      fetch(`${url}/api/webhooks`, { method, headers, ...(body !== undefined && { body }) }),
    async [Symbol.asyncDispose]() {
      await closeServer(server)
      await router.close()
    },
  }
}
