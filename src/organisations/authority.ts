import { PermissionDenied } from '../core/errors.ts'
import type { Membership } from '../core/identity.ts'
import { type Standing, standingPermissions } from '../tokens/standing.ts'

/** What somebody may do in one organisation. Whoever runs the server may do everything. */
export interface Authority {
  readonly isOperator: boolean
  /** The member who has it (whoever runs the server need not be one). */
  readonly userId?: string
  readonly permissions: ReadonlySet<string>
}

export const operator: Authority = { isOperator: true, permissions: new Set(standingPermissions.owner) }

export function authorityOf({ permissions }: Membership, userId: string): Authority {
  return { isOperator: false, permissions, userId }
}

export function may({ isOperator, permissions }: Authority, permission: string): boolean {
  return isOperator || permissions.has(permission)
}

/** Throws `PermissionDenied` where they may not. */
export function checkMay(authority: Authority, permission: string): void {
  if (may(authority, permission)) return
  throw new PermissionDenied(
    'permission_denied',
    'Your roles in this organisation do not allow this. Ask one of its owners.',
  )
}

/**
 * Whether they may make somebody who is `before` something else: nobody gives or takes what they may not do themselves. `null`
 * is who is no member.
 */
export function mayRestand(authority: Authority, before: Standing | null, after: Standing | null): boolean {
  const needed = before === null ? 'members.add' : after === null ? 'members.delete' : 'members.change'
  const touched = [before, after].flatMap((standing) => (standing === null ? [] : standingPermissions[standing]))
  return [needed, ...touched].every((permission) => may(authority, permission))
}

/** Throws `PermissionDenied` where `mayRestand` says no. */
export function checkMayRestand(authority: Authority, before: Standing | null, after: Standing | null): void {
  if (mayRestand(authority, before, after)) return
  throw new PermissionDenied(
    'permission_denied',
    before === 'owner' || after === 'owner'
      ? 'Only an owner makes and removes owners.'
      : 'Your roles in this organisation do not allow this. Ask one of its owners.',
  )
}

/**
 * Whether they may give or take a role with these permissions. What concerns the organisation itself they need themselves;
 * what the role allows in the application they need too, unless they may write roles anyway.
 */
export function mayGiveRole(authority: Authority, permissions: readonly string[]): boolean {
  if (!may(authority, 'members.change')) return false
  const mayWrite = may(authority, 'roles.change')
  return permissions.every((one) => may(authority, one) || (mayWrite && !ofOrganisations.has(one)))
}

/** Throws `PermissionDenied` where `mayGiveRole` says no. */
export function checkMayGiveRole(authority: Authority, permissions: readonly string[]): void {
  if (mayGiveRole(authority, permissions)) return
  throw new PermissionDenied('permission_denied', 'The role allows more than you may yourself. Ask an owner.')
}

/** Throws `PermissionDenied` for a role that would allow more over the organisation than whoever writes it may. */
export function checkMayWriteRole(authority: Authority, needed: string, permissions: readonly string[]): void {
  checkMay(authority, needed)
  const beyond = permissions.filter((one) => ofOrganisations.has(one) && !may(authority, one))
  if (beyond.length === 0) return
  throw new PermissionDenied('permission_denied', `You may not do this yourself: ${beyond.join(', ')}.`)
}

/** What concerns an organisation itself. */
const ofOrganisations: ReadonlySet<string> = new Set(standingPermissions.owner)
