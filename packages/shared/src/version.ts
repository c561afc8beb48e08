import manifest from '../package.json' with { type: 'json' }

/** Rollcall's version; all packages have the same. */
export const VERSION: string = manifest.version
