import { isByProgram } from '../../accounts/by-program.ts'
import { PermissionDenied } from '../../core/errors.ts'
import type { Identity } from '../../core/identity.ts'
import { type Standing, standingPermissions } from '../../tokens/standing.ts'
import type { Authority } from '../authority.ts'

/**
 * Whoever is an owner or admin stays so when the key or the application that made them one is taken out, and lets it in again. So
 * that is done by people; whoever runs the server sets organisations up by program. Throws `PermissionDenied`.
 */
export function checkMayRaise(authority: IsOperator, identity: Identity | null, after: Standing): void {
  checkMayEmpower(authority, identity, standingPermissions[after])
}

/** The same for a role that is written or given: what it allows over the organisation itself. */
export function checkMayEmpower(
  { isOperator }: IsOperator,
  identity: Identity | null,
  permissions: readonly string[],
): void {
  if (isOperator || !isByProgram(identity) || !permissions.some((one) => ofAdmins.has(one))) return
  throw new PermissionDenied(
    'permission_denied',
    'A key, a token or an application makes nobody an owner or admin, nor gives the rights of one. Sign in for that.',
  )
}

type IsOperator = Pick<Authority, 'isOperator'>

/** What no ordinary member may do to an organisation. */
const ofAdmins: ReadonlySet<string> = new Set(
  standingPermissions.owner.filter((one) => !standingPermissions.member.includes(one)),
)
