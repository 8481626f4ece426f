import type { OAuthClient } from '../client.ts'
import type { OAuthParameters } from '../oauth-endpoint.ts'
import { OAuthError } from '../oauth-error.ts'

/** What an authorization answer is to hold. */
export interface ResponseType {
  /** On the wire, its words in the usual order. */
  readonly name: string
  readonly code: boolean
  readonly token: boolean
  readonly idToken: boolean
}

/** How an authorization answer travels (OAuth 2.0 Multiple Response Type Encoding Practices; OAuth 2.0 Form Post Response Mode). */
export type ResponseMode = 'query' | 'fragment' | 'form_post'

/** Which response types are offered beside `code`. */
export type LegacyResponses = readonly ('implicit' | 'hybrid')[]

/**
 * The response type of a request. Throws `OAuthError`: `invalid_request` where it is missing, `unsupported_response_type` for
 * those that nobody gets here (RFC 9700, section 2.1.2, advises against tokens in an authorization answer), and
 * `unauthorized_client` for those that this client is not registered for.
 */
export function requestedResponseType(
  client: OAuthClient,
  parameters: OAuthParameters,
  legacy: LegacyResponses,
): ResponseType {
  const type = typeNamed(parameters.need('response_type'))
  if (type === null || !(isCodeAlone(type) || legacy.includes(type.code ? 'hybrid' : 'implicit'))) {
    throw new OAuthError('unsupported_response_type', 'This response_type is not offered here.')
  }
  if (!isRegistered(client, type)) {
    throw new OAuthError('unauthorized_client', 'The client is not registered for this response_type.')
  }
  return type
}

/** The response mode of a request, or the usual one of its type. Throws `OAuthError` (`invalid_request`). */
export function requestedResponseMode(
  client: OAuthClient,
  parameters: OAuthParameters,
  type: ResponseType,
): ResponseMode {
  const sent = parameters.get('response_mode')
  if (sent === null) return usualMode(type)
  const mode = modes.find((one) => one === sent)
  const { responseModes = modes } = client.metadata
  // Multiple Response Type Encoding Practices, section 5: tokens never travel in a query.
  if (mode === undefined || !responseModes.includes(mode) || (mode === 'query' && !isCodeAlone(type))) {
    throw new OAuthError('invalid_request', 'This response_mode is not offered to this client.')
  }
  return mode
}

/** How the refusal of a request travels, whatever is wrong with it. */
export function refusalMode(client: OAuthClient, parameters: OAuthParameters): ResponseMode {
  const type = typeNamed(parameters.get('response_type') ?? '') ?? codeAlone
  try {
    return requestedResponseMode(client, parameters, type)
  } catch {
    return usualMode(type)
  }
}

/** Every mode. */
export const modes: readonly ResponseMode[] = ['query', 'fragment', 'form_post']

/** Words in any order (RFC 6749, section 3.1.1). */
function typeNamed(sent: string): ResponseType | null {
  const words = sent.split(' ')
  const [code, idToken, token] = ['code', 'id_token', 'token'].map((word) => words.includes(word))
  const name = ['code', 'id_token', 'token'].filter((word) => words.includes(word)).join(' ')
  const isOne = words.length === name.split(' ').length && words.every((word) => word !== '') && name !== ''
  return isOne ? { name, code: code === true, token: token === true, idToken: idToken === true } : null
}

function isRegistered({ grantTypes, metadata }: OAuthClient, { name, code, token, idToken }: ResponseType): boolean {
  if (code && !grantTypes.includes('authorization_code')) return false
  // OpenID Connect Dynamic Client Registration 1.0, section 2: what comes without a code is of the implicit grant.
  if (!code && !grantTypes.includes('implicit')) return false
  const { responseTypes } = metadata
  return responseTypes === undefined ? !(code && (token || idToken)) : responseTypes.includes(name)
}

const codeAlone: ResponseType = { name: 'code', code: true, token: false, idToken: false }

function isCodeAlone({ token, idToken }: ResponseType): boolean {
  return !token && !idToken
}

function usualMode(type: ResponseType): ResponseMode {
  return isCodeAlone(type) ? 'query' : 'fragment'
}
