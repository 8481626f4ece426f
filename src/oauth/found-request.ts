import type { RequestSource, SourcedRequest } from './checks/request-source.ts'
import type { OAuthClient } from './client.ts'
import type { ClientFinder } from './client-finder.ts'
import { OAuthError } from './oauth-error.ts'
import type { SentRequest } from './sent-request.ts'

export interface FindAuthorizationRequestOptions {
  readonly findClient: ClientFinder
  readonly requestSource: Pick<RequestSource, 'fromBrowser'>
}

/** A request, from wherever it is, and the client that it is from. */
export interface FoundRequest extends SourcedRequest {
  readonly client: OAuthClient
  /** What is wrong with the way that it came, and may be told to the client; `null`: nothing. */
  readonly fault: OAuthError | null
}

/** Finds the request behind what a browser brought. Throws `OAuthError` where nobody but the person may be told. */
export type FindAuthorizationRequest = (sent: SentRequest) => Promise<FoundRequest>

export function createFindAuthorizationRequest(options: FindAuthorizationRequestOptions): FindAuthorizationRequest {
  const { findClient, requestSource } = options

  return async ({ entries, parameters, doubled }) => {
    const twice = ['client_id', 'redirect_uri', 'request', 'request_uri'].find((name) => doubled.includes(name))
    if (twice !== undefined) throw new OAuthError('invalid_request', `The parameter ${twice} was sent more than once.`)
    const client = await findClient(parameters.need('client_id'))
    if (client === null || !client.isActive) {
      throw new OAuthError('invalid_client', 'There is no such application here, or it is switched off.', {
        status: 400,
      })
    }
    // Where it stands elsewhere, nobody knows yet where a refusal may go.
    const isElsewhere = parameters.get('request') !== null || parameters.get('request_uri') !== null
    if (isElsewhere) return { client, ...(await requestSource.fromBrowser(client, parameters)), fault: null }
    const fault = faultIn(entries, doubled) ?? (await faultOf(requestSource.fromBrowser(client, parameters)))
    return { client, parameters, pushed: null, fault }
  }
}

function faultIn(entries: SentRequest['entries'], doubled: readonly string[]): OAuthError | null {
  // RFC 6749, section 3.1.
  if (doubled.length > 0) return new OAuthError('invalid_request', 'A parameter was sent more than once.')
  // RFC 6749, appendix A, has them nowhere, and a form would carry line breaks otherwise than they came.
  const isPlain = entries.every(([, value]) => !/\p{Cc}/u.test(value))
  return isPlain ? null : new OAuthError('invalid_request', 'A parameter holds a control character.')
}

async function faultOf(source: Promise<unknown>): Promise<OAuthError | null> {
  try {
    await source
    return null
  } catch (error) {
    if (!(error instanceof OAuthError)) throw error
    return error
  }
}
