/** A field of what Redis's `INFO` answers, or nothing where the server does not tell it. */
export const infoField = (info: string, name: string): string | undefined =>
  new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1]
