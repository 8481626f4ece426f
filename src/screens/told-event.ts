import type { AuditEntry } from '../storage/audit-log.ts'
import { actorWords, ownAddress } from './actor-words.ts'

/**
 * An event as it is handed to somebody who did it, or to whom it was done. What others wrote beside it may name them, and so may what
 * one wrote oneself about others: it is theirs, and stays here.
 */
export function toldEvent(entry: AuditEntry, userId: string): Readonly<Record<string, unknown>> {
  const { at, event, actor, subject, detail } = entry
  const self = `user:${userId}`
  const isAboutOthers = subject !== self && /^(?:user|organisation|invitation):/.test(subject)
  return {
    at: new Date(at).toISOString(),
    event,
    by: actorWords(actor, userId),
    address: ownAddress(entry, userId),
    ...(actor === self && !isAboutOthers ? { detail } : {}),
  }
}
