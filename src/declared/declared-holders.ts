import { z } from 'zod'
import { RequestRefused } from '../core/errors.ts'
import { type DeclaredAction, type DeclaredStores, wrong } from './kind.ts'
import { organisationIdNamed, userNamed } from './named.ts'

/** Somebody who has a role for good: a user by their username, and where, for a role that is there for all (everywhere). */
interface Declared {
  readonly user: string
  readonly organisation?: string | null | undefined
}

export const holderList: z.ZodType<readonly Declared[], readonly Declared[]> = z
  .array(z.strictObject({ user: z.string(), organisation: z.string().nullable().optional() }))
  .max(10_000)

/**
 * Gives a role to these for good, also where they had it for a while. Those who are left out keep it, unless the file is applied with
 * `prune`; what they have for a while no file says, and it stays.
 */
export async function setHolders(
  stores: DeclaredStores,
  roleId: string,
  declared: readonly Declared[],
  { by, prune = false }: DeclaredAction,
): Promise<void> {
  const role = await stores.roles.find(roleId)
  const there = await stores.roleGrants.holders(roleId)
  const before = new Map(there.map((grant) => [placeOf(grant), grant]))
  const wanted = new Map<string, number>()
  for (const [index, { user: username, organisation }] of declared.entries()) {
    const count = index + 1
    const user = await userNamed(stores, username)
    if (user === null) throw wrong('holders', `No. ${count} is no user.`)
    const organisationId = (await organisationIdNamed(stores, 'holders', organisation)) ?? role?.organisationId ?? null
    const place = placeOf({ userId: user.id, organisationId })
    const other = wanted.get(place)
    if (other !== undefined) throw wrong('holders', `No. ${count} says the same as no. ${other}.`)
    wanted.set(place, count)
    const has = before.get(place)
    if (has !== undefined && has.endsAt === null) continue
    try {
      await stores.roleGrants.grant({ roleId, userId: user.id, organisationId, endsAt: null }, by)
    } catch (error) {
      if (!(error instanceof RequestRefused) || error.code !== 'not_found') throw error
      throw wrong(
        'holders',
        `No. ${count} is nobody to whom it can be given there: they are no member of the organisation.`,
      )
    }
  }
  if (!prune) return
  for (const { userId, organisationId, endsAt } of there) {
    if (endsAt === null && !wanted.has(placeOf({ userId, organisationId })))
      await stores.roleGrants.revoke({ roleId, userId, organisationId }, by)
  }
}

function placeOf({
  userId,
  organisationId,
}: {
  readonly userId: string
  readonly organisationId: string | null
}): string {
  return `${userId} ${organisationId ?? ''}`
}
