import type { User } from '../core/identity.ts'

/** What somebody answers for, and the organisation that it is of. */
export interface Answered {
  readonly ownerId: string | null
  readonly organisationId: string | null
}

/** What belongs to an organisation is for those who are in it, and while it is in use: whoever answers for it may have left. */
export function isTheirs({ ownerId, organisationId }: Answered, { id, organisations = [] }: User): boolean {
  return ownerId === id && (organisationId === null || organisations.some((one) => one.id === organisationId))
}
