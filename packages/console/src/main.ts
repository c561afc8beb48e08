import { runProcess } from '@rollcall/shared/process'
import { configureConsole } from './config.ts'
import { startConsole } from './console.ts'

await runProcess('console', (environment) => configureConsole(environment, process.cwd()), startConsole)
