import { createVerify } from '@rollcall/receiver/verify'
import express from 'express'
import { announce } from './guide-app.ts'

/** The same with our own verifier: what is left for the receiver to spend on the queue. */
const verify = createVerify([process.env.CLERK_WEBHOOK_SIGNING_SECRET!])
const app = express()
app.post('/api/webhooks', express.raw({ type: 'application/json' }), (request, response) => {
  const { verified } = verify(request.body, request.headers, Date.now())
  if (verified) response.send('Webhook received')
  else response.status(400).send('Error verifying webhook')
})
announce(app)
