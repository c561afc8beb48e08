import { once } from 'node:events'
import { createServer, type OutgoingHttpHeaders, request as sendRequest } from 'node:http'
import { json } from 'node:stream/consumers'
import { verifyWebhook } from '@clerk/express/webhooks'
import { closeServer, portOf } from '@rollcall/shared/ops-server'
import express from 'express'
import { createVerify, type Verdict } from './verify.ts'

export interface Sent {
  readonly headers: OutgoingHttpHeaders
  readonly body: Buffer
}

export interface Verdicts {
  readonly ours: Verdict
  readonly clerks: 'accepted' | 'refused'
}

export interface Verifiers extends AsyncDisposable {
  verdicts(sent: Sent): Promise<Verdicts>
}

/**
 * Our verifier and Clerk's behind one real server, asked about the same request: what joins, trims and decodes headers
 * is then Node's own parser.
 */
export async function startVerifiers(secret: string): Promise<Verifiers> {
  const verify = createVerify([secret])
  const app = express()
  app.post('/', express.raw({ type: () => true, limit: '2mb' }), async (request, response) => {
    const ours = verify(request.body ?? Buffer.alloc(0), request.headers, Date.now())
    const clerks = await verifyWebhook(request, { signingSecret: secret }).then(
      () => 'accepted' as const,
      () => 'refused' as const, // whatever it throws, its user answers 400
    )
    response.json({ ours, clerks } satisfies Verdicts)
  })
  const server = createServer(app).listen(0, '127.0.0.1')
  await once(server, 'listening')

  return {
    async verdicts({ headers, body }) {
      // `fetch` would mend what is sent; this sends it as it is, an array of values as several headers.
      const request = sendRequest({ port: portOf(server), host: '127.0.0.1', method: 'POST', headers })
      request.end(body)
      const [response] = await once(request, 'response')
      return (await json(response)) as Verdicts
    },
    [Symbol.asyncDispose]: () => closeServer(server),
  }
}
