import type { AuditEntry } from '../storage/audit-log.ts'

/** Who did it: administrators are not told by name, since that is nobody's business but theirs. */
export function actorWords(actor: string, own: string): string {
  if (actor === `user:${own}`) return 'you'
  if (actor.startsWith('user:')) return 'an administrator'
  if (actor.startsWith('client:')) return 'an application'
  return actor.startsWith('service_account:') ? 'a program' : 'the system'
}

/** Where it came from; not where an administrator sits. */
export function ownAddress({ actor, address }: Pick<AuditEntry, 'actor' | 'address'>, own: string): string | null {
  return actor.startsWith('user:') && actor !== `user:${own}` ? null : address
}
