import { runProcess } from '@rollcall/shared/process'
import { keepHeapSmall, keepYoungGeneration } from '@rollcall/shared/small-heap'
import { configureReceiver } from './config.ts'
import { startReceiver } from './receiver.ts'

/** At 16,000 webhooks a second, and with the young generation as it is after the start, 190 MB instead of 305. */
const HEAP_GROWING_PERCENT = 100

keepHeapSmall(HEAP_GROWING_PERCENT)
await runProcess('receiver', configureReceiver, async (config, log) => {
  const receiver = await startReceiver(config, log)
  keepYoungGeneration()
  return receiver
})
