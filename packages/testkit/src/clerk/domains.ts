import type { JsonObject } from '@rollcall/shared/json'
import { publicOrganizationData } from './invitations.ts'
import { createResource, type Kind, type Readable, type Resource, type World } from './resource.ts'

export interface DomainLinks {
  readonly organizationId: string
}

const domain = (organizations: Pick<Readable, 'get'>): Kind<DomainLinks> => ({
  event: 'organizationDomain',
  object: 'organization_domain',
  idPrefix: 'orgdmn',
  defaults: ({ ordinal, created_at, links }) => {
    const verification = verified(created_at)
    return {
      organization_id: links.organizationId,
      name: `domain-${ordinal}.example.com`,
      enrollment_mode: 'manual_invitation',
      affiliation_email_address: null,
      affiliation_verification: verification,
      ownership_verification: { ...verification, strategy: 'txt' },
      verification,
      total_pending_invitations: 0,
      total_pending_suggestions: 0,
      public_organization_data: publicOrganizationData(organizations.get(links.organizationId)!),
    }
  },
})

const verified = (at: number): JsonObject => ({
  status: 'verified',
  strategy: 'affiliation_email_code',
  attempts: 1,
  expire_at: null,
  verified_at: at,
})

export const createDomains = (world: World, organizations: Pick<Readable, 'get'>): Resource<DomainLinks> =>
  createResource(domain(organizations), world)
