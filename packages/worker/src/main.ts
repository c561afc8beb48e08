import { runProcess } from '@rollcall/shared/process'
import { keepHeapSmall } from '@rollcall/shared/small-heap'
import { configureWorker } from './config.ts'
import { startWorker } from './worker.ts'

/** At 9,000 events a second 270 MB instead of 370, and 4 % fewer of them; bench/README.md has more. */
const HEAP_GROWING_PERCENT = 100

keepHeapSmall(HEAP_GROWING_PERCENT)
await runProcess('worker', (environment) => configureWorker(environment, process.cwd()), startWorker)
