import { type Mirror, openMirror } from '@rollcall/mirror/database'
import { explainFailure } from './explain-failure.ts'

/** Opens the mirror for one command, and closes it again. A failure is told as a command tells it. */
export async function withMirror<Result>(
  config: { readonly DATABASE_URL: string; readonly DATABASE_SCHEMA: string },
  work: (mirror: Mirror) => Promise<Result>,
  connections = 1,
): Promise<Result> {
  const mirror = openMirror({
    databaseUrl: config.DATABASE_URL,
    schema: config.DATABASE_SCHEMA,
    poolSize: connections,
    // A connection that breaks is told by the query that fails with it.
    onError: () => undefined,
  })
  try {
    return await work(mirror)
  } catch (error) {
    throw explainFailure(error)
  } finally {
    await mirror.close()
  }
}
