import { permission, type Permission } from '../core/permission.ts'

/** Any principal: a person, a service account, or an OAuth client acting for itself. For people alone there is `isUser`. */
export const isAuthenticated: Permission = permission(
  { name: 'isAuthenticated', filter: (identity) => identity !== null },
  async ({ identity }) => identity !== null,
)
