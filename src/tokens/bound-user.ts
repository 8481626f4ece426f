import type { User } from '../core/identity.ts'
import { formatId } from '../storage/id.ts'

/**
 * The user as a credential has them that is bound to one organisation: of their organisations there is that one, and no
 * other. `null` where they do not belong to it, or not any more, or it is suspended: then the credential is no good. A
 * credential that is bound to none has the whole user.
 */
export function boundUser(user: User | null, organisationId: bigint | null): User | null {
  if (user === null || organisationId === null) return user
  const id = formatId(organisationId)
  const membership = user.organisations?.find((one) => one.id === id)
  if (membership === undefined) return null
  return { ...user, organisations: [membership], organisation: { id, slug: membership.slug } }
}
