import { permission, type Permission } from '../core/permission.ts'

/** A person, whatever credential they came with. */
export const isUser: Permission = permission(
  { name: 'isUser', filter: (identity) => identity?.principal.kind === 'user' },
  async ({ identity }) => identity?.principal.kind === 'user',
)
