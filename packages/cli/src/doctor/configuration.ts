import { loadSettings } from '@rollcall/config/load-settings'
import type { Settings } from '@rollcall/config/settings'
import { loadConfig } from '@rollcall/shared/config'
import { type Check, passed } from '@rollcall/shared/readiness'
import { variables } from '@rollcall/shared/variables'
import { doctorCheck } from './doctor-check.ts'

export const configuration = doctorCheck({
  name: 'configuration',
  needs: [],
  async examine(_established, { environment, folder }) {
    const { ROLLCALL_CONFIG } = loadConfig({ ROLLCALL_CONFIG: variables.ROLLCALL_CONFIG }, environment)
    const settings = await loadSettings(ROLLCALL_CONFIG, folder)
    return { ...describe(settings), established: { configuration: settings } }
  },
})

/** In numbers, by which people see whether the file that was read is the one they meant. */
function describe({ catalog, handlers }: Settings): Check {
  const handled = handlers.size === 1 ? '1 event type has' : `${handlers.size} event types have`
  return passed(`${catalog.mirrored.length} of ${catalog.all.length} resources are mirrored, and ${handled} a handler.`)
}
