import type { Identity } from '../../core/identity.ts'
import { permission, type Permission } from '../../core/permission.ts'
import { type Account, checkMayActOn } from '../acting-on.ts'

/** Something that belongs to an account, or is one; `null` where nobody's account stands behind it. */
export interface OfAccount {
  readonly account: Account | null
}

/** An account of staff or of a superuser, and what belongs to it, is changed by superusers and by themselves only. */
export const mayActOnAccount: Permission<Identity | null, OfAccount> = permission(
  { name: 'mayActOnAccount' },
  async ({ identity, resource: { account } }) => {
    if (identity?.principal.kind !== 'user') return false
    if (account !== null) checkMayActOn(identity.principal, account)
    return true
  },
)
