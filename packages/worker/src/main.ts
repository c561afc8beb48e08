import { runProcess } from '@rollcall/shared/process'
import { configureWorker } from './config.ts'
import { startWorker } from './worker.ts'

await runProcess('worker', (environment) => configureWorker(environment, process.cwd()), startWorker)
