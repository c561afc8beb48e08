import { Pool } from 'pg'
import { createAppUsers, upsertAppUser } from './app-users.ts'
import { startGuideApp, userOf } from './guide-app.ts'

/** What most apps do: the row is written before the webhook is answered. pg's pool as it comes, of ten connections. */
const pool = new Pool({ connectionString: process.env.DATABASE_URL! })
await createAppUsers(pool)
startGuideApp((event) => upsertAppUser(pool, userOf(event)))
