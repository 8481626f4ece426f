import type { AuditEvent } from '../storage/audit.ts'

/** Who does something to an account, and from where, for the audit log. */
export interface ActedBy {
  /** Such as `user:4fQ…` (system). */
  readonly actor?: string
  /** As whom they do it, where they act as somebody else: `user:4fQ…` (themselves). */
  readonly actingAs?: string | undefined
  /** With which credential a program does it: `api_key:4fQ…`, `client:…` (none: they have signed in). */
  readonly through?: string | undefined
  readonly address?: string | null
  readonly requestId?: string | null
}

/** The id of the user who does it; `undefined` where it is no user. */
export function userIn({ actor = '' }: ActedBy): string | undefined {
  return /^user:(.+)$/.exec(actor)?.[1]
}

/** An event for the audit log, with who did it. */
export function eventBy(
  by: ActedBy,
  event: string,
  subject: string,
  detail: NonNullable<AuditEvent['detail']> = {},
): AuditEvent {
  return {
    event,
    subject,
    actor: by.actor ?? 'system',
    actingAs: by.actingAs,
    through: by.through,
    address: by.address ?? null,
    requestId: by.requestId ?? null,
    detail,
  }
}
