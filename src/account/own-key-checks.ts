import { RequestRefused } from '../core/errors.ts'
import type { Identity } from '../core/identity.ts'
import { checkScopesGiven } from '../organisations/api/check-scopes-given.ts'
import type { ApiKeyRecord } from '../tokens/api-keys.ts'
import { checkUnbound } from './check-unbound.ts'

/** What a key may be given by whoever asks: see `checkScopesGiven`. */
export function checkMayGive(identity: Identity | null, wanted: readonly string[]): void {
  checkUnbound(identity, ofAll)
  checkScopesGiven(identity, wanted)
}

/** Throws `RequestRefused` (`invalid`) for scopes that no key can have. */
export function checkKnown(wanted: readonly string[], catalogue: readonly string[]): void {
  const unknown = wanted.filter((scope) => !catalogue.includes(scope))
  if (unknown.length === 0) return
  throw new RequestRefused('invalid', undefined, { body: { scopes: [`There is no ${unknown.join(', ')}.`] } })
}

/** What is changed of a key only becomes less. */
export function checkNotWider(
  key: ApiKeyRecord,
  {
    scopes = [],
    expiresAt,
  }: { readonly scopes?: readonly string[] | undefined; readonly expiresAt?: number | undefined },
): void {
  if (scopes.some((scope) => !key.scopes.includes(scope))) {
    throw new RequestRefused('invalid', undefined, { body: { scopes: ['Scopes are taken here, never added.'] } })
  }
  if (expiresAt !== undefined && key.expiresAt !== null && expiresAt > key.expiresAt) {
    throw new RequestRefused('invalid', undefined, { body: { expires_at: ['It cannot be later than it is.'] } })
  }
}

/** Why a token for one organisation changes none. */
export const ofAll = 'a key is for all of them'
