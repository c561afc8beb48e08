import { createRequire } from 'node:module'
import type * as Engine from '@supabase/stripe-sync-engine'
import express from 'express'
import { announce } from './guide-app.ts'

// Required, for the migrations of its ES module look for `__dirname`, fail, log that if they are given a logger, and return.
const { runMigrations, StripeSync } = createRequire(import.meta.url)('@supabase/stripe-sync-engine') as typeof Engine

/**
 * Our nearest relative at its own work: `customer.updated` into its own table, after its own migrations. As it comes it asks
 * Stripe nothing about that event: what it is about goes into the table (`revalidateObjectsViaStripeApi` is unset).
 */
const databaseUrl = process.env.DATABASE_URL!
await runMigrations({ databaseUrl, schema: 'stripe' })
const sync = new StripeSync({
  poolConfig: { connectionString: databaseUrl },
  // Its constructor wants one; nothing is asked with it.
  stripeSecretKey: 'sk_test_benchmark',
  stripeWebhookSecret: process.env.STRIPE_WEBHOOK_SECRET!,
})

const app = express()
app.post('/webhooks', express.raw({ type: 'application/json' }), async (request, response) => {
  try {
    await sync.processWebhook(request.body, request.get('stripe-signature'))
    response.send({ received: true })
  } catch (error) {
    console.error(error)
    response.status(400).send('Error processing webhook')
  }
})
announce(app)
