import type { User } from '../core/identity.ts'
import type { UserClaimTable } from '../oauth/user-claims.ts'

/** What ID tokens and UserInfo say of roles, each to clients with the scope of its name. */
export const roleUserClaims: UserClaimTable = {
  roles: {
    scope: 'roles',
    value: ({ roles }: User) => (roles === undefined ? null : [...roles]),
  },
  organisations: {
    scope: 'organisations',
    value: ({ organisations }: User) =>
      organisations?.map(({ id, slug, roles }) => ({ id, slug, roles: [...roles] })) ?? null,
  },
}
