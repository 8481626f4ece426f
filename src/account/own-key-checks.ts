import { RequestRefused } from '../core/errors.ts'
import type { ApiKeyRecord } from '../tokens/api-keys.ts'

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
