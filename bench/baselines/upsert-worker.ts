import type { UserJSON } from '@clerk/backend'
import { Pool } from 'pg'
import { createAppUsers, upsertAppUser } from './app-users.ts'
import { startBullWorker } from './bull-worker.ts'

/** One upsert for each job: what an app does with a queue before it. */
const pool = new Pool({ connectionString: process.env.DATABASE_URL! })
await createAppUsers(pool)
startBullWorker<{ readonly body: string }>(({ body }) =>
  upsertAppUser(pool, (JSON.parse(body) as { data: UserJSON }).data),
)
