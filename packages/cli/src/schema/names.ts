/** `organization_memberships` as JavaScript writes it, `organizationMemberships`. */
export const camelCase = (name: string): string =>
  name.replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase())

/** …and as types are written, `OrganizationMembership`. */
export const pascalCase = (name: string): string => camelCase(`_${name}`)
