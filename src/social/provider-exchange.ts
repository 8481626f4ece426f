import { AuthorizationResponseError, ResponseBodyError } from 'openid-client'
import { AuthError } from '../core/errors.ts'
import { digest } from '../crypto/digest.ts'
import { isUnreachable } from './outbound-fetch.ts'
import { ProviderRefused, ProviderUnavailable } from './provider-refused.ts'

/** The challenge of a verifier, S256 (RFC 7636, section 4.2). */
export function challengeOf(verifier: string): string {
  return digest(verifier).toString('base64url')
}

/** What a failure at a provider is to whoever signs in. What the provider wrote about it stays in the log. */
export function failureOf(error: unknown, name: string): AuthError {
  if (error instanceof AuthError) return error
  if (isUnreachable(error)) return new ProviderUnavailable(name, error)
  if (error instanceof AuthorizationResponseError && error.error === 'access_denied') {
    return new ProviderRefused(`The sign-in with ${name} was called off.`, error)
  }
  if (error instanceof ResponseBodyError && error.status >= 500) return new ProviderUnavailable(name, error)
  return new ProviderRefused(`The sign-in with ${name} could not be completed.`, error)
}
