import { checkConfig } from '@rollcall/config/check-config'
import type { RollcallConfig } from '@rollcall/config/define-config'
import type { Settings } from '@rollcall/config/settings'
import { resources } from '@rollcall/resources/registry'

/** What a `rollcall.config.ts` of this content comes to. */
export function settingsOf(config: RollcallConfig = {}): Settings {
  const checked = checkConfig(config, resources)
  if ('problems' in checked) throw new Error(checked.problems.join('\n'))
  return checked.settings
}
