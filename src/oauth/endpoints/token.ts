import type { Answer, Endpoint, Exchange } from '../../http/exchange.ts'
import { jsonAnswer } from '../../http/exchange.ts'
import type { AuthenticateClient } from '../client-authentication/authenticate-client.ts'
import type { ClientUsage } from '../client-usage.ts'
import type { OAuthClient } from '../client.ts'
import type { GrantType, TokenAnswer } from '../grants/grant-type.ts'
import { oauthEndpoint, type OAuthParameters } from '../oauth-endpoint.ts'
import { OAuthError } from '../oauth-error.ts'
import type { ProofOfPossession } from '../proof-of-possession.ts'

export interface TokenEndpointOptions {
  readonly authenticate: AuthenticateClient
  readonly grantTypes: readonly GrantType[]
  readonly proofs: ProofOfPossession
  /** Counts what it is given and refused, for those who answer for the client. */
  readonly clientUsage: Pick<ClientUsage, 'count' | 'counting'>
  /** Further members of a successful answer (none). Those of the protocol stay as they are. */
  readonly tokenAnswerMembers?: TokenAnswerMembers
}

/** Makes members for an answer with tokens (RFC 6749, section 5.1: a client ignores those that it does not know). */
export type TokenAnswerMembers = (issued: {
  readonly client: OAuthClient
  readonly grantType: string
  readonly answer: TokenAnswer
}) => Promise<Readonly<Record<string, unknown>>>

/** `POST /o/token/` (RFC 6749, section 3.2): a client trades what it was given for tokens. */
export function tokenEndpoint(options: TokenEndpointOptions): Endpoint {
  const { authenticate, grantTypes, proofs, clientUsage, tokenAnswerMembers } = options
  const byName = new Map(grantTypes.map((type) => [type.name, type]))

  async function answerTo(
    client: OAuthClient,
    name: string,
    exchange: Exchange,
    parameters: OAuthParameters,
  ): Promise<Answer> {
    const type = byName.get(name)
    if (type === undefined) throw new OAuthError('unsupported_grant_type', 'This grant type is not offered here.')
    if (!client.grantTypes.includes(name)) {
      throw new OAuthError('unauthorized_client', 'The client is not registered for this grant type.')
    }
    const { confirmation, headers } = await proofs.prove(exchange, client)
    const answer = await type.answer({ exchange, parameters, client, confirmation })
    const more = await tokenAnswerMembers?.({ client, grantType: name, answer })
    return jsonAnswer(more === undefined ? answer : { ...more, ...answer }, 200, headers)
  }

  return oauthEndpoint(
    async (exchange, parameters) => {
      const name = parameters.need('grant_type')
      const client = await authenticate(exchange, parameters)
      const answer = await clientUsage.counting(client.id, async () => answerTo(client, name, exchange, parameters))
      clientUsage.count(client.id, 'tokens')
      return answer
    },
    { repeatable: ['resource', 'audience'] },
  )
}
