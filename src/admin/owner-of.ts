import type { User } from '../core/identity.ts'
import type { Users } from '../accounts/users.ts'
import type { Owner } from '../tokens/owner.ts'
import { checkMayActOn, mayActOn } from './acting-on.ts'

/** Whether somebody may change what belongs to an owner: a service account's, or that of a user whom they may change. */
export async function mayActOnOwner(actor: User, owner: Owner, users: Pick<Users, 'find'>): Promise<boolean> {
  if (owner.kind !== 'user') return true
  const user = await users.find(owner.id)
  return user === null || mayActOn(actor, user)
}

/** Throws `PermissionDenied` where `mayActOnOwner` says no. */
export async function checkMayActOnOwner(actor: User, owner: Owner, users: Pick<Users, 'find'>): Promise<void> {
  const user = owner.kind === 'user' ? await users.find(owner.id) : null
  if (user !== null) checkMayActOn(actor, user)
}
