import { narrowedResources } from '../checks/resources.ts'
import { type DevicePolls, notValid } from '../device-polls.ts'
import type { IdTokens } from '../id-tokens.ts'
import type { Issuing } from '../issuing.ts'
import type { RefreshTokens } from '../refresh-tokens.ts'
import type { GrantType } from './grant-type.ts'

export interface DeviceCodeOptions {
  readonly devicePolls: DevicePolls
  readonly issuing: Issuing
  readonly refreshTokens: Pick<RefreshTokens, 'getsRefreshToken' | 'first'>
  readonly idTokens: Pick<IdTokens, 'sign'>
  /** What the server's own API is called in `aud`. */
  readonly audience: string | readonly string[]
  /** Milliseconds since 1970 (`Date.now`). */
  readonly clock?: () => number
}

/** `grant_type` on the wire (RFC 8628, section 3.4). */
export const deviceCodeGrant = 'urn:ietf:params:oauth:grant-type:device_code'

/** A device asks whether its user has decided (RFC 8628, sections 3.4 and 3.5), and gets its tokens once. */
export function deviceCode(options: DeviceCodeOptions): GrantType {
  const { devicePolls, issuing, refreshTokens, idTokens, clock = Date.now } = options
  return {
    name: deviceCodeGrant,
    answer: async ({ client, parameters, confirmation, exchange }) => {
      const device = await devicePolls.ask(parameters.need('device_code'), client)
      const { user, grant } = device
      const { scopes } = grant
      const audience = narrowedResources(grant.resources, parameters, options.audience)

      const { answer, rows } = issuing.forUser({ client, user, grant, scopes, audience, confirmation, exchange })
      const now = Math.floor(clock())
      const refresh = refreshTokens.getsRefreshToken(client, scopes)
        ? refreshTokens.first({ grant, client, confirmation, now })
        : null
      const idToken = scopes.includes('openid')
        ? await idTokens.sign({ client, user, grant, accessToken: answer.access_token, scopes })
        : null

      const isSpent = await devicePolls.spend(device, {
        ...rows,
        ...(refresh === null ? {} : { grant_tokens: refresh.row }),
      })
      if (!isSpent) throw notValid()
      return {
        ...answer,
        ...(refresh === null ? {} : { refresh_token: refresh.text }),
        ...(idToken === null ? {} : { id_token: idToken }),
      }
    },
  }
}
