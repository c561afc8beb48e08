import { createResource, type Kind, type Readable, type Resource, type World } from './resource.ts'

export interface RoleLinks {
  readonly permissionIds: readonly string[]
}

const role = (permissions: Pick<Readable, 'get'>): Kind<RoleLinks> => ({
  event: 'role',
  object: 'role',
  idPrefix: 'role',
  defaults: ({ ordinal, links }) => ({
    name: `Role ${ordinal}`,
    key: `org:role_${ordinal}`,
    description: null,
    is_creator_eligible: false,
    permissions: links.permissionIds.map((id) => permissions.get(id)).filter((permission) => permission !== undefined),
  }),
})

/** Nothing of a permission is made from another object. */
export type PermissionLinks = null

const permission: Kind<PermissionLinks> = {
  event: 'permission',
  object: 'permission',
  idPrefix: 'perm',
  defaults: ({ ordinal }) => ({
    name: `Permission ${ordinal}`,
    key: `org:feature_${ordinal}:manage`,
    description: '',
    type: 'user',
  }),
}

export const createPermissions = (world: World): Resource<PermissionLinks> => createResource(permission, world)

export const createRoles = (world: World, permissions: Pick<Readable, 'get'>): Resource<RoleLinks> =>
  createResource(role(permissions), world)
