import { type OAuthParameters, parametersOf } from '../oauth-endpoint.ts'
import { OAuthError } from '../oauth-error.ts'

/** What an authorization request may hold beside `client_id`, once each. Nothing else is kept or looked at. */
const single = [
  // RFC 6749, section 4.1.1
  'response_type',
  'redirect_uri',
  'scope',
  'state',
  // OAuth 2.0 Multiple Response Type Encoding Practices, section 2.1
  'response_mode',
  // RFC 7636, section 4.3
  'code_challenge',
  'code_challenge_method',
  // OpenID Connect Core 1.0, sections 3.1.2.1, 5.2 and 5.5
  'nonce',
  'display',
  'prompt',
  'max_age',
  'ui_locales',
  'claims_locales',
  'id_token_hint',
  'login_hint',
  'acr_values',
  'claims',
  // RFC 9449, section 10
  'dpop_jkt',
  // No specification has it; Auth0, Okta and others call it so.
  'organization',
] as const

/** What it may hold several times (RFC 8707, section 2). */
export const repeatableAuthorizationParameters: readonly string[] = ['resource']

/**
 * The parameters of an authorization request, from wherever they stand. `valuesOf` gives all that there are by one name.
 * Throws `OAuthError` (`invalid_request`) for a parameter that stands there more than once (RFC 6749, section 3.1).
 */
export function parametersWith(clientId: string, valuesOf: (name: string) => readonly string[]): OAuthParameters {
  const fields: Record<string, string> = { client_id: clientId }
  for (const name of single) {
    const [value, another] = valuesOf(name)
    if (another !== undefined) throw new OAuthError('invalid_request', `The parameter ${name} was sent more than once.`)
    if (value !== undefined) fields[name] = value
  }
  return parametersOf({
    fields,
    repeated: Object.fromEntries(repeatableAuthorizationParameters.map((name) => [name, valuesOf(name)])),
  })
}

/** Writes the parameters of an authorization request as JSON. What else was sent with them, such as a secret, is left out. */
export function writeParameters(parameters: OAuthParameters): string {
  const found = single.map((name) => [name, parameters.get(name)] as const).filter(([, value]) => value !== null)
  const repeated = repeatableAuthorizationParameters.map((name) => [name, parameters.all(name)] as const)
  return JSON.stringify(Object.fromEntries([...found, ...repeated]))
}

/** Reads what `writeParameters` wrote. */
export function readParameters(clientId: string, text: string): OAuthParameters {
  const stored = JSON.parse(text) as Readonly<Record<string, string | readonly string[]>>
  return parametersWith(clientId, (name) => [stored[name] ?? []].flat())
}

/** The same parameters with one more. */
export function withParameter(parameters: OAuthParameters, name: string, value: string): OAuthParameters {
  return {
    all: parameters.all,
    get: (wanted) => (wanted === name ? value : parameters.get(wanted)),
    need: (wanted) => (wanted === name ? value : parameters.need(wanted)),
  }
}
