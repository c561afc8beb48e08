import { checkConfig } from '@rollcall/config/check-config'
import type { RollcallConfig } from '@rollcall/config/define-config'
import type { Settings } from '@rollcall/config/settings'
import type { Resource } from '@rollcall/resources/define-resource'
import { resources } from '@rollcall/resources/registry'

/** What a `rollcall.config.ts` of this content comes to, of these resources. */
export function settingsOf(config: RollcallConfig = {}, all: readonly Resource[] = resources): Settings {
  const checked = checkConfig(config, all)
  if ('problems' in checked) throw new Error(checked.problems.join('\n'))
  return checked.settings
}
