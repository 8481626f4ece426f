import { PermissionDenied } from '../core/errors.ts'
import type { User } from '../core/identity.ts'
import type { ClientRecord } from '../oauth/client-record.ts'
import type { GivenClient } from '../oauth/client-wire.ts'

/**
 * Throws `PermissionDenied` unless a superuser makes or changes a client that gets tokens without anybody being asked: whoever
 * says where its answers go could act as whoever opens a link, superusers among them. For the same reason it is one for good:
 * a superuser for a while would have it longer than that.
 */
export function checkMayTrust(
  actor: User,
  before: Pick<ClientRecord, 'metadata'> | null,
  given: Pick<GivenClient, 'consent'> = {},
): void {
  if (before?.metadata.consent !== 'never' && given.consent !== 'never') return
  if (actor.isSuperuser === true && actor.superuserUntil === undefined) return
  throw new PermissionDenied(
    'permission_denied',
    actor.isSuperuser === true
      ? 'You are a superuser for a while. Only one for good may register or change an application that gets access without asking people.'
      : 'Only a superuser may register or change an application that gets access without asking people.',
  )
}
