import type { ApplicationScreensStores } from '../admin/applications/application-screens.ts'
import { createDescribeToken } from '../admin/credentials/described-token.ts'
import type { TokenScreensStores } from '../admin/credentials/token-screens.ts'
import { AuthError } from '../core/errors.ts'
import { checkedClient } from '../oauth/client-values.ts'
import { createChangeClientOwner } from '../oauth/change-client-owner.ts'
import { createEndClientTokens } from '../oauth/end-client-tokens.ts'
import { clientRules } from './client-rules.ts'
import { pastedTokensOf } from './pasted-tokens.ts'
import type { Instance } from './instance.ts'

/** What the pages about applications need, beside the stores. */
export function adminApplications(
  instance: Instance,
): Pick<
  ApplicationScreensStores & TokenScreensStores,
  | 'checkClient'
  | 'scopes'
  | 'legacyGrants'
  | 'requestToken'
  | 'describeToken'
  | 'endClientTokens'
  | 'changeClientOwner'
  | 'previewTokens'
  | 'grantList'
  | 'countGrants'
  | 'reviews'
  | 'testers'
  | 'logos'
> {
  const { settings, database, lists, revocations, clock, format, signingKeys, oauth } = instance
  const rules = clientRules(settings)
  return {
    scopes: settings.oauthScopes,
    legacyGrants: settings.oauthLegacy,
    checkClient: (given) => checkedClient(given, rules),
    grantList: lists.grants,
    reviews: instance.appReviews,
    testers: oauth.testers,
    logos: oauth.logos,
    countGrants: async (clientId) => {
      const live = database.read
        .selectFrom('grants')
        .innerJoin('clients', 'clients.id', 'grants.client_id')
        .select('grants.id')
        .where('clients.identifier', '=', clientId)
        .where('grants.revoked_at', 'is', null)
        .where('grants.expires_at', '>', Math.floor(clock()))
        .limit(1000)
      return (await live.execute()).length
    },
    endClientTokens: createEndClientTokens({ database, revocations, clock }),
    changeClientOwner: createChangeClientOwner({ database, revocations, clock }),
    previewTokens: oauth.previewTokens,
    describeToken: createDescribeToken({
      pastedTokens: pastedTokensOf(instance),
      format,
      keys: signingKeys,
      clock,
    }),
    requestToken: async ({ request }, fields) => {
      const endpoint = oauth.routes.find(({ path }) => path === '/o/token/')?.methods['POST']
      if (endpoint === undefined) throw new TypeError('The authorization server has no token endpoint.')
      const headers = new Headers({ 'content-type': 'application/x-www-form-urlencoded' })
      const body = new TextEncoder().encode(new URLSearchParams(fields).toString())
      const { address, requestId } = request
      try {
        const exchange = { method: 'POST', url: '/o/token/', headers, address, requestId, body: async () => body }
        const { status, body: text } = await endpoint(exchange)
        return { status, answer: JSON.parse(text) as Readonly<Record<string, unknown>> }
      } catch (error) {
        if (!(error instanceof AuthError)) throw error
        return { status: error.status, answer: error.body ?? { error: error.code, error_description: error.message } }
      }
    },
  }
}
