import { AuthError } from '../core/errors.ts'
import { readAuthorization } from '../http/authorization.ts'
import { decodeUtf8 } from '../http/decode-utf8.ts'
import { type Answer, type Endpoint, type Exchange, jsonAnswer } from '../http/exchange.ts'
import { type JsonObject, parseJson } from '../http/json.ts'
import type { ClientRecord } from './client-record.ts'
import { registrableNames, toWire } from './client-wire.ts'
import { refusedAnswer } from './oauth-endpoint.ts'
import { OAuthError } from './oauth-error.ts'

/** An endpoint of client registration: JSON in and out, refusals as RFC 7591, section 3.2.2, has them. */
export function registrationEndpoint(answer: Endpoint): Endpoint {
  return async (request) => {
    try {
      return await answer(request)
    } catch (error) {
      return refusedAnswer(error)
    }
  }
}

/** The token that a request shows; `null` where there is none. Never from the query (RFC 6750, section 2.3). */
export function bearerToken(request: Exchange): string | null {
  const header = readAuthorization(request)
  return header?.scheme === 'bearer' ? header.value : null
}

/** RFC 6750, section 3.1: why is said only to those who showed a token. */
export function invalidRegistrationToken(realm: string, isShown: boolean): OAuthError {
  const why = isShown ? ', error="invalid_token"' : ''
  return new OAuthError('invalid_token', 'A valid token for registering is needed.', {
    headers: { 'www-authenticate': `Bearer realm="${realm}"${why}` },
  })
}

/** The metadata of a request: a JSON object (RFC 7591, section 3.1). Throws `OAuthError` (`invalid_client_metadata`). */
export async function sentMetadata(request: Exchange): Promise<JsonObject> {
  if (!/^application\/json\s*(?:;\s*charset="?utf-?8"?\s*)?$/i.test(request.headers.get('content-type') ?? '')) {
    throw new OAuthError('invalid_client_metadata', 'The body has to be application/json in UTF-8.')
  }
  const body = await request.body()
  try {
    return parseJson(decodeUtf8(body))
  } catch (error) {
    if (error instanceof AuthError)
      throw new OAuthError('invalid_client_metadata', 'The body is no JSON object that can be read.')
    throw error
  }
}

export interface Registered {
  readonly client: ClientRecord
  /** Where this client is read and changed (RFC 7592, section 3). */
  readonly managedAt: string
  readonly registrationToken: string
  /** Where it was made just now; it cannot be shown again. */
  readonly secret: string | null
}

/** What is registered (RFC 7591, section 3.2.1; RFC 7592, section 3). */
export function registeredAnswer({ client, managedAt, registrationToken, secret }: Registered, status: number): Answer {
  return jsonAnswer(
    {
      client_id: client.id,
      client_id_issued_at: Math.floor(client.createdAt / 1000),
      ...(secret === null ? {} : { client_secret: secret }),
      // 0: it does not expire.
      ...(client.hasSecret ? { client_secret_expires_at: 0 } : {}),
      registration_access_token: registrationToken,
      registration_client_uri: managedAt,
      ...toWire({ ...client, scopes: client.metadata.defaultScopes ?? client.scopes }, registrableNames),
    },
    status,
  )
}
