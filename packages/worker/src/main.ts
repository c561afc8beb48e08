import { loadConfig } from '@rollcall/shared/config'
import { runProcess } from '@rollcall/shared/process'
import { Config } from './config.ts'
import { startWorker } from './worker.ts'

await runProcess('worker', (environment) => loadConfig(Config, environment), startWorker)
