import type { Codes } from '../codes.ts'
import { createDevicePolls } from '../device-polls.ts'
import type { OAuthTools } from '../oauth-tools.ts'
import { createFindTrustedUser } from '../trusted-users.ts'
import { authorizationCode } from './authorization-code.ts'
import { clientCredentials } from './client-credentials.ts'
import { deviceCode } from './device-code.ts'
import type { GrantType } from './grant-type.ts'
import { jwtBearer } from './jwt-bearer.ts'
import { password } from './password.ts'
import { refreshToken } from './refresh-token.ts'
import { tokenExchange } from './token-exchange.ts'

/** The table of grants: those that every server has, and those that its options ask for. */
export function grantTypesOf(tools: OAuthTools, codes: Codes): readonly GrantType[] {
  const { database, legacy = [], passwords, trustedIssuers = [] } = tools
  return [
    authorizationCode({ ...tools, codes }),
    clientCredentials(tools),
    refreshToken(tools),
    tokenExchange(tools),
    ...(trustedIssuers.length === 0
      ? []
      : [jwtBearer({ ...tools, trustedIssuers, findTrustedUser: createFindTrustedUser(database) })]),
    deviceCode({ ...tools, devicePolls: createDevicePolls(tools) }),
    ...(passwords !== undefined && legacy.includes('password') ? [password({ ...tools, passwords })] : []),
  ]
}
