import type { Answer, Endpoint, Exchange } from '../../http/exchange.ts'
import { jsonAnswer } from '../../http/exchange.ts'
import { requestedOrganization } from '../checks/authorization-request.ts'
import { requestedResources } from '../checks/resources.ts'
import type { AuthenticateClient } from '../client-authentication/authenticate-client.ts'
import type { ClientUsage } from '../client-usage.ts'
import type { OAuthClient } from '../client.ts'
import type { DeviceCodes } from '../device-codes.ts'
import { deviceCodeGrant } from '../grants/device-code.ts'
import { callerOf, createLimit, type LimitCounters } from '../limit.ts'
import { oauthEndpoint, type OAuthParameters } from '../oauth-endpoint.ts'
import { OAuthError } from '../oauth-error.ts'
import { requestedScopes, type ScopeCatalogue } from '../scopes.ts'

export interface DeviceAuthorizationEndpointOptions {
  readonly authenticate: AuthenticateClient
  readonly deviceCodes: Pick<DeviceCodes, 'issue'>
  readonly scopes: ScopeCatalogue
  /** What the server's own API is called in `aud`. */
  readonly audience: string | readonly string[]
  /** Where people type the code in: an absolute URL. */
  readonly verificationUri: string
  /** Counts refusals, for those who answer for the client. */
  readonly clientUsage: Pick<ClientUsage, 'counting'>
  readonly counters: LimitCounters
  /** Milliseconds since 1970 (`Date.now`). */
  readonly clock?: () => number
}

/** `POST /o/device-authorization/` (RFC 8628, section 3.1): a device without a keyboard asks for a code to show. */
export function deviceAuthorizationEndpoint(options: DeviceAuthorizationEndpointOptions): Endpoint {
  const { authenticate, deviceCodes, scopes: catalogue, verificationUri, clientUsage } = options
  const limit = createLimit({ ...options, name: 'device', rate: { limit: 120, window: 60, text: '120/min' } })

  async function issue(client: OAuthClient, exchange: Exchange, parameters: OAuthParameters): Promise<Answer> {
    if (!client.grantTypes.includes(deviceCodeGrant)) {
      throw new OAuthError('unauthorized_client', 'The client is not registered for this grant type.')
    }
    const scopes = requestedScopes(client, parameters.get('scope'), catalogue)
    const resources = requestedResources(client, parameters, options.audience)
    const organization = requestedOrganization(parameters)
    // What is refused stores nothing, and takes nothing from the limit.
    await limit.take(callerOf(exchange))
    const { address, requestId } = exchange
    const issued = await deviceCodes.issue({ client, scopes, resources, organization, address, requestId })
    return jsonAnswer({
      device_code: issued.deviceCode,
      user_code: issued.userCode,
      verification_uri: verificationUri,
      verification_uri_complete: `${verificationUri}?user_code=${issued.userCode}`,
      expires_in: issued.expiresIn,
      interval: issued.interval,
    })
  }

  return oauthEndpoint(
    async (exchange, parameters) => {
      const client = await authenticate(exchange, parameters)
      return clientUsage.counting(client.id, async () => issue(client, exchange, parameters))
    },
    { repeatable: ['resource'] },
  )
}
