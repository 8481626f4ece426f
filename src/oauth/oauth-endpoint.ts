import type { Auth } from '../core/auth.ts'
import { AuthError, RequestRefused, Throttled } from '../core/errors.ts'
import { type Answer, type Endpoint, type Exchange, jsonAnswer } from '../http/exchange.ts'
import { parseRepeatedForm, type RepeatedForm } from '../http/form.ts'
import { OAuthError } from './oauth-error.ts'

export interface OAuthEndpointOptions {
  /** Fields that may be sent more than once, such as `resource` (RFC 8707, section 2). */
  readonly repeatable?: readonly string[]
}

/** The parameters of a request. What was sent without a value counts as left out (RFC 6749, section 3.1). */
export interface OAuthParameters {
  /** A parameter, or `null`. */
  readonly get: (name: string) => string | null
  /** One that has to be there: `invalid_request` otherwise. */
  readonly need: (name: string) => string
  /** Every value of a repeatable one. */
  readonly all: (name: string) => readonly string[]
}

/**
 * An endpoint that clients call with a form: RFC 6749, section 3.2, takes nothing else, and nothing from the query. Every
 * refusal becomes `{ error, error_description }`; nothing that is answered may be kept by a cache.
 */
export function oauthEndpoint(
  answer: (request: Exchange, parameters: OAuthParameters) => Promise<Answer>,
  { repeatable = [] }: OAuthEndpointOptions = {},
): Endpoint {
  return async (request) => {
    try {
      return await answer(request, await formParameters(request, repeatable))
    } catch (error) {
      return refusedAnswer(error)
    }
  }
}

/** Writes a refusal as OAuth endpoints do. What is none is thrown on: it is a fault of ours. */
export function refusedAnswer(error: unknown): Answer {
  if (!(error instanceof AuthError)) throw error
  const { status, message } = error
  const code = error instanceof OAuthError ? error.code : codeOf(error)
  return jsonAnswer(
    { error: code, error_description: message },
    error instanceof RequestRefused && status === 415 ? 400 : status,
    Object.entries(error.headers ?? {}),
  )
}

/** Writes what went wrong before an endpoint was reached, such as another method, as the endpoints do. */
export const oauthDoor: Pick<Auth, 'refusal' | 'headers'> = {
  refusal: (_request, error) =>
    refusedAnswer(
      error instanceof AuthError ? error : new OAuthError('server_error', 'Something went wrong on our side.'),
    ),
  headers: () => [],
}

/** Refusals that arise below, in the words of RFC 6749. */
function codeOf(error: AuthError): string {
  if (error instanceof Throttled) return 'slow_down'
  if (error.status >= 500) return 'temporarily_unavailable'
  if (error.status === 401) return 'invalid_client'
  return error.status === 403 ? 'access_denied' : 'invalid_request'
}

/** Reads the form of a request. Throws `OAuthError` (`invalid_request`), or `RequestRefused` for one that is malformed. */
export async function formParameters(request: Exchange, repeatable: readonly string[] = []): Promise<OAuthParameters> {
  const type = request.headers.get('content-type')
  if (type !== null && !isForm(type)) {
    throw new OAuthError('invalid_request', 'The body has to be application/x-www-form-urlencoded in UTF-8.')
  }
  const body = await request.body()
  if (type === null && body.byteLength > 0) {
    throw new OAuthError('invalid_request', 'The Content-Type has to be application/x-www-form-urlencoded.')
  }
  return parametersOf(parseRepeatedForm(body, repeatable))
}

/** Parameters over fields of a form or of a query. */
export function parametersOf({ fields, repeated }: RepeatedForm): OAuthParameters {
  const get = (name: string): string | null => {
    const value = fields[name]
    return value === undefined || value === '' ? null : value
  }
  return {
    get,
    need: (name) => {
      const value = get(name)
      if (value === null) throw new OAuthError('invalid_request', `The parameter ${name} is missing.`)
      return value
    },
    all: (name) => (repeated[name] ?? []).filter((value) => value !== ''),
  }
}

function isForm(type: string): boolean {
  return /^application\/x-www-form-urlencoded\s*(?:;\s*charset="?utf-?8"?\s*)?$/i.test(type)
}
