// What `@rollcall/client` is to an app.
export type { ClerkTables } from './clerk-tables.ts'
export { createRollcall, type Rollcall } from './rollcall.ts'
export { RollcallError } from './rollcall-error.ts'
export type { RollcallOptions } from './rollcall-options.ts'
