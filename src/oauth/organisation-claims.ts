import type { User } from '../core/identity.ts'

/**
 * What a client is told of the organisation that its tokens are bound to: its id and short name, and the roles that the user
 * has there. Nothing where they are bound to none.
 */
export function organisationClaims(user: User | null): Readonly<Record<string, unknown>> {
  if (user?.organisation === undefined) return none
  const { id, slug } = user.organisation
  return { org_id: id, org_slug: slug, org_roles: [...(user.organisations?.[0]?.roles ?? [])] }
}

/** The same for an API, which also learns what those roles allow. */
export function organisationFacts(user: User | null): Readonly<Record<string, unknown>> {
  if (user?.organisation === undefined) return none
  return { ...organisationClaims(user), org_permissions: [...(user.organisations?.[0]?.permissions ?? [])] }
}

const none = Object.freeze({})
