import { AuthorizationResponseError, ResponseBodyError } from 'openid-client'
import { AuthError } from '../core/errors.ts'
import { isUnreachable } from './outbound-fetch.ts'
import { ProviderRefused, ProviderUnavailable } from './provider-refused.ts'

/** What a failure at a provider is to whoever signs in. What the provider wrote about it stays in the log. */
export function failureOf(error: unknown, name: string): AuthError {
  if (error instanceof AuthError) return error
  const cause = withoutDetails(error)
  if (isUnreachable(error)) return new ProviderUnavailable(name, cause)
  if (error instanceof AuthorizationResponseError && error.error === 'access_denied') {
    return new ProviderRefused(`The sign-in with ${name} was called off.`, cause)
  }
  return new ProviderRefused(`The sign-in with ${name} could not be completed.`, cause)
}

/**
 * An error of `openid-client` as it may be logged. As causes it carries what was sent: claims, tokens, whole answers. Its messages say
 * what is wrong with them and hold none of it.
 */
function withoutDetails(error: unknown): Error {
  if (!(error instanceof Error)) return new Error('What was thrown is no error.')
  const said = error instanceof ResponseBodyError || error instanceof AuthorizationResponseError ? saidBy(error) : ''
  const plain = new Error(error.message + said)
  plain.name = error.name
  if (error.stack !== undefined) plain.stack = error.stack
  if (error.cause instanceof Error) plain.cause = withoutDetails(error.cause)
  return plain
}

/** The code and the sentence by which a provider refuses (RFC 6749, sections 4.1.2.1 and 5.2), which tell whoever set it up what to mend. */
function saidBy({
  error,
  error_description: description = '',
}: ResponseBodyError | AuthorizationResponseError): string {
  return `: ${`${error} ${description}`
    .replaceAll(/[^\x20-\x7e]/g, '?')
    .slice(0, 200)
    .trim()}`
}
