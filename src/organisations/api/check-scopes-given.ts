import { PermissionDenied } from '../../core/errors.ts'
import { type Identity, scopesOf } from '../../core/identity.ts'

/**
 * A secret goes to whoever asks, who may have less than the key: one that can do more than the credential that makes it would be
 * a way around what bounds that one. Throws `PermissionDenied`.
 */
export function checkScopesGiven(identity: Identity | null, wanted: readonly string[]): void {
  const bounds = identity === null ? [] : scopesOf(identity)
  const beyond = wanted.filter((scope) => bounds !== null && !bounds.includes(scope))
  if (beyond.length === 0) return
  throw new PermissionDenied('insufficient_scope', `You do not have these scopes yourself: ${beyond.join(' ')}.`)
}
