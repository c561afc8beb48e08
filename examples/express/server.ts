import { clerkClient, clerkMiddleware } from '@clerk/express'
import { createRollcall } from '@rollcall/client'
import { webhookRouter } from '@rollcall/receiver'
import express from 'express'

const { DATABASE_URL = '', PORT = '3000' } = process.env
const rollcall = createRollcall({ database: DATABASE_URL, clerkClient })
const webhooks = webhookRouter()

const app = express()

// First of all: Svix has no session, and its signature is over the bytes as they come.
app.use('/api/webhooks', webhooks)

app.use(express.json())
app.use(clerkMiddleware())

// Whoever has signed up a moment ago is here as well, whether or not the webhook has come.
app.get('/me', rollcall.requireSyncedUser(), ({ syncedUser }, response) => {
  response.json({ id: syncedUser?.id, name: syncedUser?.first_name, email: syncedUser?.primary_email_address })
})

const server = app.listen(Number(PORT), () => console.log(`http://localhost:${PORT}`))

process.once('SIGTERM', () => {
  server.close(async () => {
    await webhooks.close()
    await rollcall.close()
  })
})
