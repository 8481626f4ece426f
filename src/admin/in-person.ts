import { PermissionDenied } from '../core/errors.ts'
import type { Identity, User } from '../core/identity.ts'
import type { ClientRecord } from '../oauth/client-record.ts'
import type { GivenClient } from '../oauth/client-wire.ts'
import { type Account, checkMayGrant } from './acting-on.ts'
import { actingUser } from './acting-user.ts'
import { checkMayTrust } from './may-trust.ts'

/** The ways in that people use themselves; what else there is are keys and tokens, which somebody else may have. */
const byPeople: ReadonlySet<string> = new Set(['session', 'jwt', 'basic', 'remoteUser', 'clientCertificate'])

/** Whether it is somebody who has signed in, and not a key, a token or an application of theirs. */
export function isInPerson(identity: Identity | null): boolean {
  return identity !== null && byPeople.has(identity.via)
}

/**
 * Whoever finds a key or a token of an administrator has it until it is revoked. What opens another way into administration would be
 * left to them after that. Throws `PermissionDenied`.
 */
export function checkInPerson(identity: Identity | null): void {
  if (isInPerson(identity)) return
  throw new PermissionDenied(
    'permission_denied',
    'A key, a token or an application opens no way into administration, nor into an account, that would outlive it. Sign in for that.',
  )
}

/** The same for what would open the account of an administrator, one's own too: their address, their factors, that it is on again. */
export function checkOpens(identity: Identity | null, account: Pick<Account, 'isStaff' | 'isSuperuser'>): void {
  if (account.isStaff || account.isSuperuser) checkInPerson(identity)
}

/** Throws `PermissionDenied` unless it is a superuser, in person: only they make and unmake administrators. */
export function checkGrants(identity: Identity | null): void {
  checkMayGrant(actingUser(identity))
  checkInPerson(identity)
}

/** As `checkMayTrust`, of whoever asks by the API: in person, since such an application acts as whoever opens a link. */
export function checkTrusts(
  identity: Identity | null,
  before: Pick<ClientRecord, 'metadata'> | null,
  given: Pick<GivenClient, 'consent'> = {},
): void {
  const user: User = actingUser(identity)
  checkMayTrust(user, before, given)
  if (before?.metadata.consent === 'never' || given.consent === 'never') checkInPerson(identity)
}
