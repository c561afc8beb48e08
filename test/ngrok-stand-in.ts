import { registerHooks } from 'node:module'

// Loaded into a process in place of ngrok's service, which no test can count on: the tunnel is open, and leads nowhere.
const STAND_IN = `data:text/javascript,export default {
  forward: async ({ domain }) => ({ url: () => 'https://' + (domain ?? 'made-up.ngrok.app'), close: async () => {} })
}`

registerHooks({
  resolve: (specifier, context, next) =>
    specifier === '@ngrok/ngrok' ? { url: STAND_IN, shortCircuit: true } : next(specifier, context),
})
