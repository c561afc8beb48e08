import { loadConfig } from '@rollcall/shared/config'
import { runProcess } from '@rollcall/shared/process'
import { Config, needed } from './config.ts'
import { startReceiver } from './receiver.ts'

await runProcess('receiver', (environment) => loadConfig(Config, environment, needed), startReceiver)
