import type { Answer, Endpoint, Exchange } from '../../http/exchange.ts'
import { jsonAnswer } from '../../http/exchange.ts'
import { repeatableAuthorizationParameters, withParameter } from '../checks/authorization-parameters.ts'
import type { CheckAuthorizationRequest } from '../checks/authorization-request.ts'
import type { RequestSource } from '../checks/request-source.ts'
import type { AuthenticateClient } from '../client-authentication/authenticate-client.ts'
import type { ClientUsage } from '../client-usage.ts'
import type { OAuthClient } from '../client.ts'
import { callerOf, createLimit, type LimitCounters } from '../limit.ts'
import { oauthEndpoint, type OAuthParameters } from '../oauth-endpoint.ts'
import { OAuthError } from '../oauth-error.ts'
import type { ProofOfPossession } from '../proof-of-possession.ts'
import type { PushedRequests } from '../pushed-requests.ts'

export interface ParEndpointOptions {
  readonly authenticate: AuthenticateClient
  readonly requestSource: Pick<RequestSource, 'fromClient'>
  readonly checkAuthorizationRequest: CheckAuthorizationRequest
  readonly proofs: Pick<ProofOfPossession, 'keyOf'>
  readonly pushedRequests: Pick<PushedRequests, 'push'>
  /** Counts refusals, for those who answer for the client. */
  readonly clientUsage: Pick<ClientUsage, 'counting'>
  readonly counters: LimitCounters
  /** Milliseconds since 1970 (`Date.now`). */
  readonly clock?: () => number
}

/** `POST /o/par/` (RFC 9126, section 2): a client leaves its authorization request here, and sends the browser with its name. */
export function parEndpoint(options: ParEndpointOptions): Endpoint {
  const { authenticate, requestSource, checkAuthorizationRequest, proofs, pushedRequests, clientUsage } = options
  const limit = createLimit({ ...options, name: 'par', rate: { limit: 300, window: 60, text: '300/min' } })

  async function push(client: OAuthClient, exchange: Exchange, sent: OAuthParameters): Promise<Answer> {
    const { jkt, headers } = await proofs.keyOf(exchange)
    const parameters = boundTo(jkt, await requestSource.fromClient(client, sent))
    checkAuthorizationRequest(client, parameters)
    // What is refused stores nothing, and takes nothing from the limit.
    await limit.take(callerOf(exchange))
    const { address, requestId } = exchange
    const { requestUri, expiresIn } = await pushedRequests.push({ client, parameters, address, requestId })
    return jsonAnswer({ request_uri: requestUri, expires_in: expiresIn }, 201, headers)
  }

  return oauthEndpoint(
    async (exchange, sent) => {
      const client = await authenticate(exchange, sent)
      return clientUsage.counting(client.id, async () => push(client, exchange, sent))
    },
    { repeatable: repeatableAuthorizationParameters },
  )
}

/** RFC 9449, section 10.1: a proof here binds the code to its key, as `dpop_jkt` would; both at once have to agree. */
function boundTo(jkt: string | null, parameters: OAuthParameters): OAuthParameters {
  if (jkt === null) return parameters
  const named = parameters.get('dpop_jkt')
  if (named === null) return withParameter(parameters, 'dpop_jkt', jkt)
  if (named === jkt) return parameters
  throw new OAuthError('invalid_dpop_proof', 'The key of the DPoP proof is not the one that dpop_jkt names.')
}
