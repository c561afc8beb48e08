import type { AddressInfo } from 'node:net'
import type { UserJSON } from '@clerk/backend'
import type { WebhookEvent } from '@clerk/express/webhooks'
import { verifyWebhook } from '@clerk/express/webhooks'
import express, { type Request } from 'express'

/** What an app does about a webhook that it has verified, before it answers. */
export type Handle = (event: WebhookEvent, request: Request) => Promise<unknown>

/** The handler of Clerk's guide "Sync Clerk data to your app with webhooks", as it stands there. */
export function startGuideApp(handle: Handle): void {
  const app = express()
  app.post('/api/webhooks', express.raw({ type: 'application/json' }), async (request, response) => {
    try {
      const event = await verifyWebhook(request)
      await handle(event, request)
      response.send('Webhook received')
    } catch (error) {
      console.error('Error verifying webhook:', error)
      response.status(400).send('Error verifying webhook')
    }
  })
  announce(app)
}

/** Listens on any port and says on which. */
export function announce(app: express.Express): void {
  const server = app.listen(0, '127.0.0.1', () => {
    const { port } = server.address() as AddressInfo
    console.log(JSON.stringify({ msg: 'baseline.started', port }))
  })
}

/** The user of an event; only users are sent. */
export function userOf({ type, data }: WebhookEvent): UserJSON {
  if (type !== 'user.created' && type !== 'user.updated') throw new Error(`${type} is not expected here`)
  return data
}
