import type { OAuthClient } from '../client.ts'
import type { OAuthParameters } from '../oauth-endpoint.ts'
import { OAuthError } from '../oauth-error.ts'
import { isPushedUri, type PushedRequest, type PushedRequests } from '../pushed-requests.ts'
import type { ReadRequestObject } from './request-object.ts'

/** The parameters of an authorization request, from where they stand. */
export interface SourcedRequest {
  readonly parameters: OAuthParameters
  /** The pushed request that they come from, to be spent when a code is issued; `null`: they came with the browser. */
  readonly pushed: PushedRequest | null
}

export interface RequestSourceOptions {
  readonly pushedRequests: Pick<PushedRequests, 'find'>
  readonly readRequestObject: ReadRequestObject
  /** Whether nothing is taken that was not pushed (false). Clients may be registered so by themselves. */
  readonly requirePushedRequests?: boolean
}

/** Where the parameters of an authorization request are taken from. */
export interface RequestSource {
  /**
   * For what a browser brought: the pushed request that its `request_uri` names (RFC 9126, section 4), the object in its
   * `request` (RFC 9101, section 5), or itself. What stands beside either counts for nothing. Throws `OAuthError`:
   * `invalid_request_uri`, `request_uri_not_supported`, `invalid_request_object`, or `invalid_request` for both at once and
   * for what should have been pushed or signed.
   */
  readonly fromBrowser: (client: OAuthClient, sent: OAuthParameters) => Promise<SourcedRequest>
  /** For what a client pushes: the object in its `request`, or itself (RFC 9126, sections 2.1 and 3). */
  readonly fromClient: (client: OAuthClient, sent: OAuthParameters) => Promise<OAuthParameters>
}

export function createRequestSource(options: RequestSourceOptions): RequestSource {
  const { pushedRequests, readRequestObject, requirePushedRequests = false } = options

  async function direct(client: OAuthClient, sent: OAuthParameters): Promise<OAuthParameters> {
    const object = sent.get('request')
    if (object !== null) return readRequestObject(client, object)
    // RFC 9101, section 10.5.
    if (client.metadata.requireSignedRequestObject === true) {
      throw new OAuthError('invalid_request', 'The client is registered to sign its authorization requests.')
    }
    return sent
  }

  async function pushed(client: OAuthClient, requestUri: string): Promise<SourcedRequest> {
    // Fetching what a request names would let anyone send this server anywhere (OpenID Connect Core 1.0, section 6.2).
    if (!isPushedUri(requestUri)) {
      throw new OAuthError(
        'request_uri_not_supported',
        'A request_uri is only taken where this server has given it out.',
      )
    }
    const request = await pushedRequests.find(requestUri, client)
    if (request !== null) return { parameters: request.parameters, pushed: request }
    throw new OAuthError('invalid_request_uri', 'The request_uri has expired, was used, or is for another client.')
  }

  return {
    fromBrowser: async (client, sent) => {
      const requestUri = sent.get('request_uri')
      // RFC 9101, section 5: one or the other.
      if (requestUri !== null && sent.get('request') !== null) {
        throw new OAuthError('invalid_request', 'The parameters request and request_uri were both sent.')
      }
      if (requestUri !== null) return pushed(client, requestUri)
      // RFC 9126, sections 5 and 6.
      if (requirePushedRequests || client.metadata.requirePushedAuthorizationRequests === true) {
        throw new OAuthError('invalid_request', 'The authorization request has to be pushed first.')
      }
      return { parameters: await direct(client, sent), pushed: null }
    },

    fromClient: async (client, sent) => {
      if (sent.get('request_uri') !== null) {
        throw new OAuthError('invalid_request', 'A pushed request must not hold a request_uri.')
      }
      return direct(client, sent)
    },
  }
}
