import { isByProgram } from '../../accounts/by-program.ts'
import { PermissionDenied } from '../../core/errors.ts'
import type { Identity } from '../../core/identity.ts'

/**
 * A key that leaked would open itself, or another, to where the leak is; and what an application opened would stay open once it is
 * taken out. Where keys may be used from, and that something is on again which was switched off, is said by people. Throws
 * `PermissionDenied`.
 */
export function checkMayOpen(identity: Identity | null): void {
  if (!isByProgram(identity)) return
  throw new PermissionDenied(
    'permission_denied',
    'Neither an API key nor an application, nor a token, says from where keys may be used, or switches on again what was off. Sign in for that.',
  )
}
